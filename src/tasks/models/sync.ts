// The story of `models sync`: the disks become what the inventory asks for, the gateways follow, and what nobody wants may go.
import { EXIT, type Exit, worstExit } from '../../errors.js';
import type { Run } from '../../run.js';
import type { Fleet } from '../fleet.js';
import type { Wish } from './change.js';
import { askModels } from './disks.js';
import { followGateways, withGateways } from './gateways.js';
import { type ListedModel, listed } from './list.js';
import { pulled, type Told } from './pull.js';
import { removed } from './remove.js';

export interface SyncOptions extends Told {
  check: boolean;
  /** Also removes what the inventory does not ask for. */
  prune: boolean;
}

export async function syncModels(
  fleet: Fleet,
  run: Run,
  options: SyncOptions,
): Promise<{ json: object; exit: Exit }> {
  const { check, prune, print, confirm } = options;
  const asked = await withGateways(fleet, (gateways) => askModels([fleet, gateways], run));
  const wishes = wishesOf(listed(fleet, asked), prune);
  const lines = [...wishes].flatMap(([host, { pull, remove }]) => [
    ...pull.map((model) => `${host}: pull ${model}`),
    ...remove.map((model) => `${host}: remove ${model}`),
  ]);
  const errors = asked.errors.map(({ exitCode }) => exitCode);
  print(
    [...lines, ...asked.errors.map(({ message }) => message)].join('\n') || 'every backend has its models',
  );
  const planned = { models: Object.fromEntries(wishes) };
  if (check)
    return { json: planned, exit: worstExit([...errors, lines.length > 0 ? EXIT.pending : EXIT.done]) };
  if (lines.length > 0 && !(await confirm('Do it?'))) return { json: planned, exit: EXIT.pending };
  const results: { json: object; exit: Exit }[] = [];
  const isPulling = [...wishes.values()].some(({ pull }) => pull.length > 0);
  if (isPulling) {
    const pulls = new Map([...wishes].map(([host, { pull }]) => [host, { pull, remove: [] }]));
    results.push(await pulled(fleet, run, pulls, 'models sync', options));
  }
  if (results.every(({ exit }) => exit === EXIT.done))
    results.push(await followGateways(fleet, run, options));
  const gone = [...wishes].flatMap(([host, { remove }]) => remove.map((name) => ({ host, name })));
  if (gone.length > 0 && results.every(({ exit }) => exit === EXIT.done))
    results.push(await removed(fleet, run, { ...asked, offers: [] }, gone, 'models sync', options));
  const json = Object.assign({}, planned, ...results.map((result) => result.json));
  return { json, exit: worstExit([...errors, ...results.map(({ exit }) => exit)]) };
}

/** What is missing comes; of a wanted model that is not the same everywhere each host gets the release of today. */
export function wishesOf(models: readonly ListedModel[], prune: boolean): Map<string, Wish> {
  const wishes = new Map<string, Wish>();
  for (const { host, model, state, wanted } of models) {
    const wish = wishes.get(host) ?? { pull: [], remove: [] };
    if (wanted && (state === 'not pulled' || state === 'differs')) wish.pull.push(model);
    if (!wanted && prune) wish.remove.push(model);
    wishes.set(host, wish);
  }
  return wishes;
}
