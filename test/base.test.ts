// The base command: flags and their environment, masked output, errors as text and JSON, exit codes, interruptions.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { applyFlags, BaseCommand } from '../src/base.js';
import { HxError } from '../src/errors.js';
import type { Run } from '../src/run.js';
import { ROOT } from './support/built.js';

const state: { run?: Run; flags?: Record<string, unknown> } = {};
let act: (command: Probe) => Promise<object | undefined> | object | undefined = () => undefined;

class Probe extends BaseCommand {
  static override flags = applyFlags;
  async run(): Promise<unknown> {
    const { flags } = await this.parse(Probe);
    state.flags = flags;
    state.run = await this.context();
    this.masker.add('sk-very-secret');
    return act(this);
  }
  say(text: string) {
    this.print(text);
  }
  ask(question: string) {
    return this.confirm(question);
  }
  leave() {
    this.exitWith(3);
  }
}

let stdout = '';
async function start(...argv: string[]) {
  stdout = '';
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  process.exitCode = undefined;
  const error = await Probe.run(argv, { root: ROOT, ignoreManifest: true } as never).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  const { exitCode } = process;
  process.exitCode = undefined;
  vi.restoreAllMocks();
  return { error, exitCode, stdout };
}

beforeEach(() => {
  act = () => undefined;
  for (const name of Object.keys(process.env))
    if (/^(HXLLM|ANSIBLE)_/.test(name)) vi.stubEnv(name, undefined);
});
afterEach(() => vi.unstubAllEnvs());

test('what is not given has the documented default', async () => {
  await start();
  expect(state.run).toMatchObject({
    parallel: 16,
    timeoutMs: 10_000,
    lockWaitMs: 0,
    yes: false,
    serial: undefined,
  });
});

test('flags come before hxllm’s variables, and those before Ansible’s', async () => {
  vi.stubEnv('ANSIBLE_FORKS', '5');
  vi.stubEnv('ANSIBLE_INVENTORY', 'a.ini,b.ini');
  await start();
  expect(state.run?.parallel).toBe(5);
  expect(state.flags?.inventory).toEqual(['a.ini', 'b.ini']);
  vi.stubEnv('HXLLM_PARALLEL', '7');
  vi.stubEnv('HXLLM_INVENTORY', 'c.ini');
  await start();
  expect(state.run?.parallel).toBe(7);
  expect(state.flags?.inventory).toEqual(['c.ini']);
  await start('--parallel', '9', '-i', 'd.ini', '-i', 'e.ini');
  expect(state.run?.parallel).toBe(9);
  expect(state.flags?.inventory).toEqual(['d.ini', 'e.ini']);
});

test('extra variables may hold commas, also from the environment', async () => {
  vi.stubEnv('HXLLM_EXTRA_VARS', '{"a": 1, "b": 2}');
  await start();
  expect(state.flags?.['extra-vars']).toEqual(['{"a": 1, "b": 2}']);
});

test.each([['0'], ['x'], ['5%%'], ['-1']])('--serial=%s is a usage error', async (value) => {
  const { error } = await start(`--serial=${value}`);
  expect(error?.message).toContain('Expected a number or a percentage');
});

test('a secret is masked in results, JSON and errors', async () => {
  act = (command) => {
    command.say('key sk-very-secret');
    return { key: 'sk-very-secret' };
  };
  expect((await start()).stdout).toBe('key [secret]\n');
  expect(JSON.parse((await start('--json')).stdout)).toEqual({ schema: 1, key: '[secret]' });
  act = () => {
    const cause = new Error('HTTP 401 for sk-very-secret');
    throw new HxError({
      code: 'service',
      message: 'refused sk-very-secret',
      hint: 'not sk-very-secret',
      cause,
    });
  };
  const { error } = await start();
  expect([error?.message, (error as HxError).suggestions, String(error?.cause)].join()).not.toContain(
    'sk-very',
  );
});

test('with --json an error is one object on stdout, with the exit code', async () => {
  act = () => {
    throw new HxError({
      code: 'locked',
      message: 'held by ann',
      where: 'hx-api',
      hint: 'wait',
      cause: new Error('busy'),
    });
  };
  const { error, exitCode, stdout } = await start('--json');
  expect(error).toBeUndefined();
  expect(exitCode).toBe(5);
  const cause = { code: 'unexpected', message: 'busy' };
  const shown = { code: 'locked', message: 'hx-api: held by ann', where: 'hx-api', hints: ['wait'], cause };
  expect(JSON.parse(stdout)).toEqual({ schema: 1, error: shown, exit: 5 });
});

test('with --json a usage error is exit 2', async () => {
  const { exitCode, stdout } = await start('--json', '--nope');
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ schema: 1, exit: 2, error: { code: 'usage' } });
});

test('an exit code that a command chose stays', async () => {
  act = (command) => command.leave() as undefined;
  expect((await start()).exitCode).toBe(3);
});

test('without a terminal a question is exit 2 and names the flag; --yes answers it', async () => {
  act = async (command) => ({ answer: await command.ask('Deploy to 2 hosts?') });
  const { error } = await start();
  expect(error).toMatchObject({ code: 'no-terminal', exitCode: 2, suggestions: ['give --yes'] });
  expect(JSON.parse((await start('--yes', '--json')).stdout)).toEqual({ schema: 1, answer: true });
});

test('SIGTERM aborts the signal; the run ends as interrupted, whatever the tasks threw', async () => {
  act = async () => {
    process.emit('SIGTERM', 'SIGTERM');
    expect(state.run?.signal.aborted).toBe(true);
    throw new Error('connection lost');
  };
  const { error, exitCode } = await start();
  expect(error).toMatchObject({ code: 'interrupted', oclif: { exit: 130 } });
  expect(exitCode).toBe(130);
  expect(process.listenerCount('SIGTERM')).toBe(0);
});
