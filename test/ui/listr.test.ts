// The story: what fails, what goes on, what is told and what is masked.
import { afterEach, expect, test, vi } from 'vitest';
import { HxError } from '../../src/errors.js';
import { Masker } from '../../src/secret.js';
import { type Step, story, throwFault } from '../../src/ui/listr.js';

interface Ctx {
  done: string[];
}

const act = (name: string): Step<Ctx> => ({ title: name, run: (ctx) => ctx.done.push(name) });
const fail = (name: string, message = `${name} broke`): Step<Ctx> => ({
  title: name,
  run: () => {
    throw new Error(message);
  },
});

function tell(steps: Step<Ctx>[], mode: 'plain' | 'silent' = 'plain', signal = new AbortController().signal) {
  const masker = new Masker();
  masker.add('sk-very-secret');
  const ctx: Ctx = { done: [] };
  let said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text).replace(/\x1b\[\d+m/g, '');
    return true;
  });
  const stdout = vi.spyOn(process.stdout, 'write');
  const failures = story(steps, ctx, { mode, signal, masker, parallel: 2 });
  return { ctx, stdout, failures, said: () => said };
}

afterEach(() => vi.restoreAllMocks());

test('a host that fails stops no other host and not the story', async () => {
  const { ctx, failures, said, stdout } = tell([
    { title: 'Look', each: () => [act('a'), fail('b', 'no route, key sk-very-secret'), act('c')] },
    act('Report'),
  ]);
  expect((await failures).map((f) => [f.path.join('/'), String(f.error)])).toEqual([
    ['Look/b', 'Error: no route, key [secret]'],
  ]);
  expect(ctx.done).toEqual(['a', 'c', 'Report']);
  expect(said()).toContain('✖ Look › b: no route, key [secret]');
  expect(stdout).not.toHaveBeenCalled();
});

test('a host with steps of its own that fails is among the failures, once', async () => {
  const { ctx, failures } = tell([
    { title: 'Apply', each: () => [{ title: 'a', steps: () => [act('1'), fail('2'), act('3')] }] },
  ]);
  expect((await failures).map((f) => f.path)).toEqual([['Apply', 'a']]);
  expect(ctx.done).toEqual(['1']);
});

test('a step that fails ends the story with its own error', async () => {
  const { ctx, failures } = tell([{ title: 'Series', steps: () => [act('1'), fail('2')] }, act('3')]);
  await expect(failures).rejects.toThrow('2 broke');
  expect(ctx.done).toEqual(['1']);
});

test('an interruption begins nothing new and is what the story ends with', async () => {
  const stop = new AbortController();
  const steps: Step<Ctx>[] = [
    { title: 'Apply', each: () => [{ title: 'a', run: () => stop.abort(new Error('stopped')) }, act('b')] },
    act('c'),
  ];
  const { ctx, failures } = tell(steps, 'plain', stop.signal);
  await expect(failures).rejects.toThrow('stopped');
  expect(ctx.done).toEqual([]);
});

test('silent says nothing; skipped and retitled steps are told in plain mode', async () => {
  const steps: Step<Ctx>[] = [
    { title: 'Web UI', skip: () => 'no [webui] in the inventory' },
    { title: 'Read', run: (_, step) => step.title('Read 3 hosts') },
    { title: 'Wait', run: (_, step) => step.say('for sk-very-secret') },
  ];
  const silent = tell(steps, 'silent');
  await silent.failures;
  expect(silent.said()).toBe('');
  const plain = tell(steps);
  await plain.failures;
  expect(plain.said().replace(/\(\d+ ms\)/g, '(0 ms)')).toBe(
    [
      '• Web UI',
      '↓ Web UI: skipped, no [webui] in the inventory',
      '• Read',
      '✔ Read 3 hosts (0 ms)',
      '• Wait',
      '│ Wait: for [secret]',
      '✔ Wait (0 ms)',
      '',
    ].join('\n'),
  );
});

test('a fault of hxllm’s own is thrown, what is wrong with a host is not', () => {
  const wrong = { path: ['Look', 'a'], error: new HxError({ code: 'unreachable', message: 'no route' }) };
  const fault = { path: ['Look', 'b'], error: new TypeError('undefined is no function') };
  expect(() => throwFault([wrong])).not.toThrow();
  expect(() => throwFault([wrong, fault])).toThrow(fault.error);
});
