// Steps of the apply script that go on beside others, in a real bash.
import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/engine/steps.js';
import type { Host } from '../resources/host.js';
import { start, step, useHost } from './running.js';

let host: Host;
useHost((made) => {
  host = made;
});

describe('a step beside others', () => {
  const beside = (steps: number, script: string): Step => ({ ...step('beside', script), beside: steps });
  const until = (path: string) => `until [ -e ${path} ]; do sleep 0.05; done`;
  const events = (stdout: string) =>
    stdout.split('\n').filter((line) => /^@@ (start|ok|kept|fail|done)/.test(line));

  it('goes on while they are made, and is waited for before the next one', async () => {
    const steps = [
      beside(2, `${until('/opt/two')}; sleep 0.2; touch /opt/beside`),
      step('one', 'touch /opt/one'),
      step('two', 'touch /opt/two'),
      step('three', '[ -e /opt/beside ]'),
    ];
    const { code, stdout } = await start(host, steps).done;
    expect(code).toBe(0);
    expect(events(stdout)).toEqual(
      ['start 0', 'start 1', 'ok 1', 'start 2', 'ok 2', 'ok 0', 'start 3', 'ok 3', 'kept', 'done'].map(
        (e) => `@@ ${e}`,
      ),
    );
  });

  it('of all the rest is waited for at the end', async () => {
    const after = [step('two', 'touch /opt/two')];
    const steps = [beside(Number.POSITIVE_INFINITY, until('/opt/two')), step('one', 'true')];
    const { code, stdout } = await start(host, steps, { after }).done;
    expect(code).toBe(0);
    expect(events(stdout).slice(-4)).toEqual(['@@ start 2', '@@ ok 2', '@@ ok 0', '@@ done']);
  });

  it('that fails fails the run', async () => {
    const { code, stdout } = await start(host, [
      beside(1, 'echo why; false'),
      step('one', 'sleep 0.3'),
      step('two', 'true'),
    ]).done;
    expect([code, ...stdout.trim().split('\n').slice(-2)]).toEqual([1, '@@ fail 0 1', '@@ log why']);
    expect(stdout).not.toContain('start 2');
  });

  it('is not ended in its middle when another one fails', async () => {
    const { code } = await start(host, [beside(1, `sleep 0.5; touch /opt/beside`), step('one', 'false')])
      .done;
    expect(code).toBe(1);
    expect(await host.say('ls /opt')).toBe('beside\n');
  });
});
