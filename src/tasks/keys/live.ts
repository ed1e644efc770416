// Brings the gateways to what the inventory's files say now, and proves what became of one key on each of them.
import { HxError, together } from '../../errors.js';
import type { Run } from '../../run.js';
import type { Secret } from '../../secret.js';
import { story } from '../../ui/listr.js';
import { connectAll, type Fleet, readAgain } from '../fleet.js';
import type { Outcome } from '../outcome.js';
import { LiveGateways } from './gateways.js';
import { syncKeys } from './sync.js';

export interface Proven {
  accepted: Secret[];
  refused: Secret[];
  /** A key for the metrics alone is accepted when it is told that it may not chat. */
  metrics: boolean;
}

/** Connects; with no gateway at all nothing is begun. */
export async function reach(fleet: Fleet, run: Run): Promise<void> {
  const work = () => connectAll(fleet, run);
  await story([{ title: 'Connect to the gateways', run: work }], {}, run);
  const [lost] = fleet.hosts.flatMap((h) => h.error ?? []);
  if (lost && fleet.hosts.every((h) => h.error)) throw lost;
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
    const about = { gateways: [outcome.host], metrics, command: `hxllm ${reason}` };
    try {
      await new LiveGateways(fresh, run, about).prove(keys, say);
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
  const good = outcomes.filter((o) => !o.error).map((o) => o.host);
  const message = `done on: ${good.join(', ') || 'no gateway'}`;
  const failed = together(
    outcomes.flatMap((o) => o.error ?? []),
    { message, hint: then },
  );
  if (failed) throw failed;
}
