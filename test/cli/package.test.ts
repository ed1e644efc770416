// The package as npm gives it to others: packed, installed in another place, and run there.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { needBuild, ROOT } from '../support/built.js';
import { hxllm, run } from '../support/cli.js';

const place = mkdtempSync(join(tmpdir(), 'hxllm-package-'));
const home = join(place, 'node_modules/hxllm');
const bin = join(place, 'node_modules/.bin/hxllm');

beforeAll(async () => {
  needBuild();
  // without scripts: `prepare` would rebuild dist under the feet of the tests beside this one
  const pack = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', place], {
    cwd: ROOT,
  });
  expect(pack.code, pack.stderr).toBe(0);
  const tarball = readdirSync(place).find((name) => name.endsWith('.tgz'))!;
  const quiet = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--prefer-offline'];
  const install = await run('npm', ['install', ...quiet, '--prefix', place, join(place, tarball)], {
    cwd: place,
  });
  expect(install.code, install.stderr).toBe(0);
}, 300_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

test('it has what it needs and nothing of the workshop', () => {
  const names = readdirSync(home);
  expect(names).toEqual(
    expect.arrayContaining([
      'bin',
      'dist',
      'docs',
      'inventories',
      'oclif.manifest.json',
      'README.md',
      'LICENSE',
    ]),
  );
  expect(names.filter((name) => /^(src|test|bench|node_modules|\.)/.test(name))).toEqual([]);
});

test('the installed command runs from any folder', async () => {
  const version = await hxllm(['--version'], { bin, cwd: tmpdir() });
  expect(version).toEqual({ code: 0, stdout: expect.stringMatching(/^hxllm\//), stderr: '' });
  const help = await hxllm(['--help'], { bin, cwd: tmpdir() });
  expect(help.stdout).toContain('completion');
  const usage = await hxllm(['completion', 'nope'], { bin, cwd: tmpdir() });
  expect(usage.code).toBe(2);
});
