// Every way in which a change can end, on a real host with a real systemd: it is there, or all is as it was. Nothing between.
import { beforeEach, describe, expect, test } from 'vitest';
import { applyScript } from '../../src/engine/script.js';
import { sleep } from '../../src/retry.js';
import { FULL } from './support/full.js';
import { useDeployed } from './support/shared.js';
import {
  bad,
  by,
  CHANGE,
  Changed,
  HOST,
  long,
  step,
  stepsOf,
  UNDONE,
  withStep,
} from './support/transaction.js';

const lab = useDeployed();
let host: Changed;
beforeEach(async () => {
  host = new Changed(lab());
  await host.setUp();
  expect(await host.state()).toBe('old');
  return () => host.session.close();
});

const BOUNDARIES = [...CHANGE.keys(), CHANGE.length];

test('a change that is proven stays, with nothing left of how it was made', async () => {
  expect(await host.apply(stepsOf(CHANGE, { after: [step('after', 'true')] }))).toBeUndefined();
  expect([await host.state(), await host.record()]).toEqual(['new', { result: 'done' }]);
});

describe('all is as it was', () => {
  test.each(FULL ? BOUNDARIES : [0, 3, 6, CHANGE.length])('when a step fails as number %i', async (at) => {
    const error = await host.apply(withStep(at));
    expect(error).toMatchObject(UNDONE);
    expect(error.message).toMatch(/the bad step failed\n {4}why\n {2}everything is as it was$/);
    expect([await host.state(), await host.record()]).toEqual(['old', by('undo')]);
  });

  test('when the proof fails, with its reason', async () => {
    const prove = () => Promise.reject(new Error('no model answers'));
    const error = await host.apply(stepsOf(CHANGE), { prove });
    expect(error).toMatchObject(UNDONE);
    expect(error.message).toMatch(/the proof failed\n {4}no model answers\n {2}everything is as it was$/);
    expect([await host.state(), await host.record()]).toEqual(['old', by('undo')]);
  });

  test('when a step fails before anything was changed', async () => {
    const error = await host.apply(stepsOf(CHANGE, { stage: [bad('stage')] }));
    expect(error).toMatchObject(UNDONE);
    expect(error.message).toMatch(/stage failed\n {4}why\n {2}nothing was changed$/);
    expect([await host.state(), await host.record()]).toEqual(['old', {}]);
  });

  test('when the original of a file cannot be kept', async () => {
    const steps = stepsOf(CHANGE);
    const error = await host.apply({ ...steps, saves: ['/proc/self/mem', ...steps.saves] });
    expect(error).toMatchObject(UNDONE);
    expect(error.message).toMatch(/write a file failed\n {4}cp: .*\n {2}nothing was changed$/);
    expect([await host.state(), await host.record()]).toEqual(['old', {}]);
  });

  test('when somebody interrupts', async () => {
    const interrupt = new AbortController();
    const say = (text: string) => text === 'restart' && interrupt.abort(new Error('interrupted'));
    const error = await host.apply(stepsOf(CHANGE), { say, signal: interrupt.signal });
    expect(error).toMatchObject({ message: 'interrupted' });
    expect(await host.state()).toBe('old');
    expect(await host.record()).toEqual(by('undo'));
  });
});

test('a step that fails after the proof undoes nothing', async () => {
  const error = await host.apply(stepsOf(CHANGE, { after: [bad('after')] }));
  expect(error).toMatchObject({ code: 'host-failed', exitCode: 1 });
  expect(await host.state()).toBe('new');
});

test('an undo that fails says so, and goes no further with what failed', async () => {
  const undo = 'false; touch /etc/hxllm-test/never';
  const error = await host.apply(stepsOf([step('change', 'true', undo), bad('the bad step')]));
  expect(error).toMatchObject({ code: 'host-failed' });
  expect(error.message).toMatch(
    /the bad step failed\n {4}why\n {2}and putting it back failed too(\n {4}.*)*$/,
  );
  // with word for the next run of what could not be done again
  expect(await host.state()).toBe('old/var/lib/hxllm/pending/change\n');
  expect((await lab().ssh(HOST, 'ls /etc/hxllm-test')).stdout).not.toContain('never');
});

describe('a controller that is gone', () => {
  test.each(FULL ? BOUNDARIES : [0, 4, CHANGE.length])('before step %i ends it', async (at) => {
    const { done } = await host.reach(withStep(at, long('the long step')));
    host.session.close();
    expect(await done).toMatchObject({ code: 'connection-lost', exitCode: 4 });
    await host.within(10, 'old');
    expect(await host.record()).toEqual(by('undo'));
  });

  test.each(FULL ? [0, 60, 120, 180, 240, 300, 400, 500, 700] : [0, 120, 400])(
    '%i ms after the beginning ends it',
    async (ms) => {
      const steps = stepsOf(CHANGE.with(-1, long('the proof')));
      const begun = new Promise<void>((begin) => {
        host.apply(steps, { say: (text) => text === 'stage' && begin() });
      });
      await begun;
      await sleep(ms);
      host.session.close();
      await host.within(10, 'old');
    },
  );

  test('whose cable is pulled ends it', async () => {
    const { done } = await host.reach(withStep(4, long('the long step')));
    await lab().cable(HOST, 'out');
    await sleep(7000);
    await lab().cable(HOST, 'in');
    await host.within(3, 'old');
    host.session.close();
    expect(await done).toBeInstanceOf(Error);
  });

  test('that beats no more ends it', async () => {
    const steps = withStep(4, long('the long step'));
    const { done } = host.session.open(applyScript(steps, host.run()), { shell: 'bash' });
    const since = Date.now();
    expect((await done).stdout).toMatch(/@@ undoing\n@@ undone\n$/);
    expect(Date.now() - since).toBeLessThan(10_000);
    expect([await host.state(), await host.record()]).toEqual(['old', by('undo')]);
  });
});
