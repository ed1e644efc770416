// An apply script under way in a real bash, with its controller's beats.
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { applyScript } from '../../src/engine/script.js';
import type { Step } from '../../src/engine/steps.js';
import { Host, outcome } from '../resources/host.js';

export const RUN = { id: '20260101-one', by: 'ann@control', reason: 'deploy', lockWait: 0 };
export const step = (title: string, script: string): Step => ({ title, script, budget: 60 });
const staged = (stage: Step[], after: Step[] = []) => ({ stage, change: [], after, saves: [] });

/** Sends the script and beats every 0.2 s, as long as `beating`. */
export function start(on: Host, steps: Step[], { run = RUN, beating = true, after = [] as Step[] } = {}) {
  const running = on.open('bash');
  let text = '';
  running.stdout.on('data', (piece) => {
    text += piece;
  });
  running.stdin.write(applyScript(staged(steps, after), run));
  const beat = setInterval(() => beating && running.stdin.write('beat\n'), 200);
  const done = outcome(running).finally(() => clearInterval(beat));
  const told = async (line: RegExp) => {
    for (;;) {
      const found = line.exec(text);
      if (found) return found[1] as string;
      await new Promise((tick) => setTimeout(tick, 10));
    }
  };
  /** The process of the script on the host, as soon as a step has told it. */
  const process = () => told(/@@ progress \d+ process (\d+)/);
  return { running, done, process, told };
}

export const isFree = async (on: Host) => (await on.run('flock -n /run/hxllm.lock true')).code === 0;
/** Something that goes on for ever in a process of its own, and tells the script's process. */
export const FOREVER = 'progress process $$; sleep 777 & wait $!';
export const runs = async (on: Host) => (await on.run('pgrep -x -f "sleep 777"')).code === 0;

/** A host for all tests of a file, with nothing of hxllm's before each. */
export function useHost(told: (host: Host) => void): void {
  let host: Host;
  beforeAll(async () => {
    host = await Host.start();
    told(host);
  });
  beforeEach(async () => {
    await host.say('rm -rf /var/lib/hxllm /run/hxllm* /opt/*');
  });
  afterAll(async () => host?.stop());
}
