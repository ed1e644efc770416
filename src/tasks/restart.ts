// The story of `restart`: the services of the hosts, gateways behind their standby, each proven.

import { wantedOf } from '../engine/plan.js';
import { EXIT, type Exit } from '../errors.js';
import type { Handler } from '../resources/kind.js';
import type { Run } from '../run.js';
import type { Fleet } from './fleet.js';
import type { Look } from './look.js';
import { exitOf, outcomesJson, outcomesText } from './outcome.js';
import { lookAll } from './plan.js';
import { applyAll } from './roll-out.js';

export interface RestartOptions {
  print(text: string): void;
  confirm(question: string): Promise<boolean>;
}

export async function restart(
  fleet: Fleet,
  run: Run,
  { print, confirm }: RestartOptions,
): Promise<{ json: object; exit: Exit }> {
  const looked = await lookAll(fleet, run, { mend: true });
  const looks = looked.looks.map(
    (look): Look => ({
      ...look,
      plan: { host: look.entry.name, changes: [], refused: [], handlers: restartsOf(look) },
    }),
  );
  const restarting = looks.filter((l) => l.plan.handlers.length > 0);
  const names = restarting.map((l) => `${l.entry.name} (${l.plan.handlers.map((h) => h.unit).join(', ')})`);
  if (restarting.length > 0 && !(await confirm(`Restart ${names.join(', ')}?`)))
    return { json: {}, exit: EXIT.pending };
  const outcomes = await applyAll({ ...looked, looks }, run, {
    skipUnreachable: false,
    reason: () => 'restart',
    isSame: true,
  });
  print(outcomesText(outcomes, 'restarted'));
  return { json: { outcomes: outcomesJson(outcomes) }, exit: exitOf(outcomes) };
}

/** The restarts that the host's resources know, each once. */
function restartsOf({ resources, facts }: Look): Handler[] {
  const known = wantedOf(resources, facts)
    .flatMap((r) => r.notify ?? [])
    .filter((h) => h.id.startsWith('restart '));
  return [...new Map(known.map((h) => [h.id, h])).values()];
}
