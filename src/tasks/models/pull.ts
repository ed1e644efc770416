// The story of `models pull`: room first, then all hosts side by side; the same model is the same everywhere afterwards.
import { EXIT, type Exit, HxError, worstExit } from '../../errors.js';
import type { Run } from '../../run.js';
import { fullName } from '../../stack/models.js';
import type { DeployOptions } from '../deploy.js';
import { connectAll, type Fleet } from '../fleet.js';
import { exitOf, outcomesJson, outcomesText } from '../outcome.js';
import { changeModels, needRoom, type Wishes } from './change.js';
import { askModels } from './disks.js';
import { followGateways } from './gateways.js';
import { wantedOn } from './list.js';

export type Told = Pick<DeployOptions, 'print' | 'confirm'>;

export async function pullModels(
  fleet: Fleet,
  run: Run,
  names: readonly string[],
  told: Told,
): Promise<{ json: object; exit: Exit }> {
  const models = [...new Set(names.map(fullName))];
  const wishes = new Map(fleet.hosts.map(({ name }) => [name, { pull: models, remove: [] }]));
  await connectAll(fleet, run);
  const done = await pulled(fleet, run, wishes, `models pull ${models.join(' ')}`, told);
  const isWanted = fleet.hosts.some(({ name }) => wantedOn(fleet, name).some((one) => models.includes(one)));
  if (done.exit !== EXIT.done || !isWanted) return done;
  const followed = await followGateways(fleet, run, told);
  return { json: { ...done.json, gateways: followed.json }, exit: worstExit([done.exit, followed.exit]) };
}

/** Makes these changes, and compares what has come with what all backends have. The hosts are connected. */
export async function pulled(
  fleet: Fleet,
  run: Run,
  wishes: Wishes,
  reason: string,
  { print }: Told,
): Promise<{ json: object; exit: Exit }> {
  await needRoom(fleet, run, wishes);
  const outcomes = await changeModels(fleet, run, wishes, reason);
  print(outcomesText(outcomes));
  const { disks } = await askModels([], run, fleet.hosts);
  const models = new Set([...wishes.values()].flatMap(({ pull }) => pull));
  const differing = [...models].flatMap((model) => {
    const own = disks.flatMap(({ host, models }) =>
      models.filter((m) => m.name === model).map((m) => ({ host, digest: m.digest })),
    );
    return new Set(own.map(({ digest }) => digest)).size > 1 ? [{ model, hosts: own }] : [];
  });
  for (const { model, hosts } of differing)
    print(
      `${model} is not the same on ${hosts.map(({ host, digest }) => `${host} (${digest.slice(0, 12)})`).join(', ')}`,
    );
  const exit = worstExit([exitOf(outcomes), differing.length > 0 ? EXIT.failed : EXIT.done]);
  return { json: { outcomes: outcomesJson(outcomes), differing }, exit };
}

/** Models of which a host that a command must change is wanted by the inventory. */
export function refuseWanted(fleet: Fleet, models: readonly string[]): void {
  for (const { name } of fleet.hosts) {
    const wanted = wantedOn(fleet, name).find((one) => models.includes(one));
    if (wanted)
      throw new HxError({
        code: 'inventory',
        where: name,
        message: `the inventory asks for ${wanted} there: the next deploy would pull it again`,
        hint: `take it out of ollama_models and litellm_models first: hxllm inventory show ${name}`,
      });
  }
}
