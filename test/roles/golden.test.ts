// Everything rendered for the guide's inventory, byte by byte: test/golden/<host>/<path>.
// After a change that is meant: UPDATE_GOLDEN=1 npx vitest run --project unit test/roles/golden.test.ts, and read the diff.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { rendered } from './fleet.js';

const GOLDEN = join(import.meta.dirname, '../golden');
// custom_auth.py is copied as it is, and has a test of its own
const files = (await rendered()).filter(({ path }) => !path.endsWith('.py'));
const placeOf = ({ host, path }: { host: string; path: string }) => join(host.split('.')[0]!, path);

if (process.env.UPDATE_GOLDEN) {
  rmSync(GOLDEN, { recursive: true, force: true });
  for (const file of files) {
    mkdirSync(dirname(join(GOLDEN, placeOf(file))), { recursive: true });
    writeFileSync(join(GOLDEN, placeOf(file)), file.content);
  }
}

it('no other files are rendered than these', () => {
  const there = readdirSync(GOLDEN, { recursive: true, encoding: 'utf8' });
  expect(files.map(placeOf).sort()).toEqual(
    there.filter((path) => statSync(join(GOLDEN, path)).isFile()).sort(),
  );
});

it.each(files.map((file) => [placeOf(file), file.content]))('%s', (place, content) => {
  expect(content).toBe(readFileSync(join(GOLDEN, place), 'utf8'));
});

it('secrets are nobody else’s to read, and none is in a file that is', () => {
  const open = files.filter(({ mode }) => Number.parseInt(mode, 8) & 0o007);
  expect(open.map(placeOf).filter((path) => /env|keys\.json|config\.yaml|custom_auth/.test(path))).toEqual(
    [],
  );
  for (const { content } of files) expect(content).not.toMatch(/sk-0123456789/);
});
