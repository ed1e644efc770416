// What a person sees before anything is done: help, versions, usage errors and their exit code.
import { expect, test } from 'vitest';
import { hxllm } from '../support/cli.js';

test('--version is one line that begins with the name', async () => {
  const { code, stdout, stderr } = await hxllm(['--version']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^hxllm\/\d+\.\d+\.\d+ \S+ node-v\d+\S+\n$/);
});

test('--help lists the commands on stdout', async () => {
  const { code, stdout } = await hxllm(['--help']);
  expect(code).toBe(0);
  expect(stdout).toContain('completion');
});

test.each([
  [['completion'], 'There is no completion for the shell (SHELL is not set)'],
  [['lab', 'ssh'], 'Missing 1 required arg'],
  [['completion', 'tcsh'], 'Expected tcsh to be one of: bash, zsh, fish'],
  [['completion', 'bash', '--nope'], 'Nonexistent flag: --nope'],
  [['deploy', '--data'], 'must be provided when using --data: --remove'],
  [['plan', '--remove', 'backend', '--role', 'gateway'], '--role=gateway cannot also be provided'],
  [['no-such-command'], 'no-such-command'],
])('hxllm %j is a usage error: exit 2, told on stderr', async (args, text) => {
  const { code, stdout, stderr } = await hxllm(args, { env: { SHELL: '' } });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(text);
});

test('a reader that goes away is no error', async () => {
  const { code, stderr } = await hxllm(['--help'], { node: ['--import', closedPipe] });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

/** stdout fails as it does in `hxllm --help | true`. */
const closedPipe = `data:text/javascript,${encodeURIComponent(`
  process.stdout._write = (chunk, encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
`)}`;
