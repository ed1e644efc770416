// A start loads nothing that it does not need: what makes the command line quick, without a clock.
import { describe, expect, test } from 'vitest';
import { packagesLoaded } from '../support/cli.js';

const HEAVY = [
  'node-ssh',
  'ssh2',
  'handlebars',
  'openai',
  'listr2',
  'js-yaml',
  'nunjucks',
  'chalk',
  'diff',
  'cli-table3',
];

describe.each([
  ['help', ['--help']],
  ['the help of a command', ['completion', '--help']],
  ['a usage error', ['completion', '--no-such-flag']],
  ['an unknown command', ['no-such-command']],
])('%s', (_, args) => {
  test('loads oclif and none of the heavy packages', async () => {
    const loaded = await packagesLoaded(args);
    expect(loaded).toContain('@oclif/core');
    const heavy = loaded.filter((name) => HEAVY.includes(name));
    expect(heavy, 'import it with await import(…) inside run() or in the task').toEqual([]);
  });
});

test('--version loads no package at all', async () => {
  expect(await packagesLoaded(['--version'])).toEqual([]);
});
