// The story of `models remove`: no gateway offers it any more, then it goes from the disks.

import { bytes } from '../../bytes.js';
import { EXIT, type Exit, HxError, worstExit } from '../../errors.js';
import type { Run } from '../../run.js';
import { fullName } from '../../stack/models.js';
import type { Fleet } from '../fleet.js';
import { exitOf, outcomesJson, outcomesText } from '../outcome.js';
import { changeModels } from './change.js';
import { type Asked, askModels, offersOf } from './disks.js';
import { followGateways, withGateways } from './gateways.js';
import { refuseWanted, type Told } from './pull.js';

export async function removeModels(
  fleet: Fleet,
  run: Run,
  names: readonly string[],
  told: Told,
): Promise<{ json: object; exit: Exit }> {
  const models = [...new Set(names.map(fullName))];
  refuseWanted(fleet, models);
  const asked = await withGateways(fleet, (gateways) => askModels([fleet, gateways], run));
  if (asked.errors[0]) throw asked.errors[0];
  const there = asked.disks.flatMap(({ host, models: own }) =>
    own.filter(({ name }) => models.includes(name)).map(({ name, size }) => ({ host, name, size })),
  );
  const missing = models.find((model) => !there.some(({ name }) => name === model));
  if (missing)
    throw new HxError({ code: 'usage', message: `no chosen host has ${missing}`, hint: 'hxllm models list' });
  const size = there.reduce((sum, one) => sum + one.size, 0);
  const text = there.map(({ host, name }) => `${name} from ${host}`).join(', ');
  if (!(await told.confirm(`Remove ${text} (${bytes(size)})?`))) return { json: {}, exit: EXIT.pending };
  return removed(fleet, run, asked, there, `models remove ${models.join(' ')}`, told);
}

/** A gateway that offers one of them is changed first: no client may ask for what is gone. */
export async function removed(
  fleet: Fleet,
  run: Run,
  { offers }: Asked,
  there: readonly { host: string; name: string }[],
  reason: string,
  told: Told,
): Promise<{ json: object; exit: Exit }> {
  const isOffered = there.some(({ host, name }) => offersOf(fleet.stack, offers, host, name).length > 0);
  const followed = isOffered ? await followGateways(fleet, run, told) : undefined;
  if (followed && followed.exit !== EXIT.done)
    return { json: { gateways: followed.json }, exit: followed.exit };
  const wishes = new Map(
    fleet.hosts.map((h) => [
      h.name,
      { pull: [], remove: there.filter(({ host }) => host === h.name).map(({ name }) => name) },
    ]),
  );
  const outcomes = await changeModels(fleet, run, wishes, reason);
  told.print(outcomesText(outcomes));
  const json = { outcomes: outcomesJson(outcomes), ...(followed ? { gateways: followed.json } : {}) };
  return { json, exit: worstExit([exitOf(outcomes)]) };
}
