// hxllm while it runs: what it has said so far, and its end; and a host seen from inside, cable or not.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { findInits } from '../../../src/lab/processes.js';
import { ROOT } from '../../support/built.js';
import { type Ran, run } from '../../support/cli.js';
import type { Lab } from '../../support/lab.js';

export interface Running {
  kill: ChildProcess['kill'];
  /** Reads its stdout no more, as `head` does. */
  close(): void;
  /** Both streams, so far. */
  said(): string;
  /** Waits until it has said it; fails when it ends before. */
  until(pattern: RegExp): Promise<void>;
  /** Sends the signal in the moment in which it has said it. */
  killAt(pattern: RegExp, signal: NodeJS.Signals): void;
  over(): boolean;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; said: string }>;
}

export function begin(lab: Lab, args: string[], more: Record<string, string> = {}): Running {
  const env = {
    ...process.env,
    NO_COLOR: '1',
    HXLLM_INVENTORY: lab.inventory,
    HXLLM_VAULT_PASSWORD_FILE: lab.vaultPasswordFile,
    ...more,
  };
  const child = spawn(process.execPath, [join(ROOT, 'bin/run.js'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let over = false;
  let fatal: { pattern: RegExp; signal: NodeJS.Signals } | undefined;
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (!fatal?.pattern.test(said)) return;
      child.kill(fatal.signal);
      fatal = undefined;
    });
  const ended = new Promise<Awaited<Running['ended']>>((resolve) => {
    child.on('close', (code, signal) => {
      over = true;
      resolve({ code, signal, said });
    });
  });
  return {
    kill: (signal) => child.kill(signal),
    close: () => void child.stdout.destroy(),
    said: () => said,
    over: () => over,
    killAt: (pattern, signal) => {
      fatal = { pattern, signal };
    },
    async until(pattern) {
      await expect.poll(() => over || pattern.test(said), { timeout: 120_000 }).toBe(true);
      expect(said).toMatch(pattern);
    },
    ended,
  };
}

/** A command in a host, not through its network. */
export function inside(lab: Lab, host: string, command: string): Promise<Ran> {
  const init = findInits().find((one) => one.lab === lab.name && one.short === host);
  if (!init) throw new Error(`${host} is off`);
  return run('nsenter', ['-t', String(init.pid), '-a', '--', 'sh', '-c', command]);
}

/** What is left on a host of an apply: its shell, its steps, its lock. Empty when there is nothing. */
export async function leftOf(lab: Lab, host: string): Promise<string> {
  const { stdout } = await inside(
    lab,
    host,
    "pgrep -af '[b]ash -s|^curl |/[u]v ' | cut -c1-200; flock -n /run/hxllm.lock true || echo locked; ls /run/hxllm-log.* 2>/dev/null",
  );
  return stdout;
}
