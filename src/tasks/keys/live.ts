// Brings the gateways to what the inventory's files say now, and proves what became of one key on each of them.
import { HxError, worstExit } from '../../errors.js';
import type { Run } from '../../run.js';
import type { Secret } from '../../secret.js';
import { type Fleet, readAgain } from '../fleet.js';
import type { Outcome } from '../roll-out.js';
import { LiveGateways } from '../rotate-key/gateways.js';
import { syncKeys } from './sync.js';

export interface Proven {
  accepted: Secret[];
  refused: Secret[];
  /** A key for the metrics alone is accepted when it is told that it may not chat. */
  metrics: boolean;
}

/** One gateway that fails or is not reached stops no other. */
export async function follow(
  fleet: Fleet,
  run: Run,
  reason: string,
  { metrics, ...keys }: Proven,
  say: (text: string) => void,
): Promise<Outcome[]> {
  const fresh = readAgain(fleet, run, ['gateway']);
  for (const entry of fresh.hosts) {
    const error = fleet.hosts.find((h) => h.name === entry.name)?.error;
    if (error) entry.error = error;
  }
  const outcomes = await syncKeys(fresh, run, reason, say);
  run.signal.throwIfAborted();
  for (const outcome of outcomes.filter((o) => o.state !== 'failed')) {
    const target = { name: '', title: '', source: { variable: '', file: '', form: 'vault' as const } };
    const of = { ...target, gateways: [outcome.host], metrics, command: `hxllm ${reason}` };
    try {
      await new LiveGateways(fresh, run, of).prove(keys, say);
    } catch (error) {
      run.signal.throwIfAborted();
      if (!(error instanceof HxError)) throw error;
      outcome.state = 'failed';
      outcome.error = error;
    }
  }
  return outcomes;
}

/** Throws when not all went well: the worst of what happened, and what is where. */
export function throwFailed(outcomes: readonly Outcome[], then: string): void {
  const errors = outcomes.flatMap((o) => o.error ?? []);
  const exit = worstExit(errors.map((e) => e.exitCode));
  const worst = errors.find((e) => e.exitCode === exit);
  if (!worst) return;
  const good = outcomes.filter((o) => !o.error).map((o) => o.host);
  throw new HxError({
    code: worst.code === 'undone' ? 'host-failed' : worst.code,
    message: [...errors.map((e) => e.message), `done on: ${good.join(', ') || 'no gateway'}`].join('\n'),
    hint: [then, ...new Set(errors.flatMap((e) => e.suggestions))],
    cause: worst,
  });
}
