// A role that leaves a host: its own resources are to be gone, but for what the roles that stay need. Pure.
import type { Handler, Refusal, Resource } from '../resources/kind.js';
import { quote } from '../shell.js';
import type { Facts } from './facts.js';
import { keyOf, type Plan, planOf } from './plan.js';

export interface Leaving {
  /** The roles that leave. */
  roles: readonly string[];
  /** What they have there. */
  resources: readonly Resource[];
  /** What people would miss goes, too. */
  data: boolean;
  /** What the roles that stay were like beside them. */
  before: readonly Resource[];
  /** What each role would need there, if it is there though nobody asks for it any more. */
  needs(role: string): readonly Resource[];
  /** Roles that share a service: one of them cannot go while the other is there unasked. */
  shared: ReadonlySet<string>;
  /** Why none of it may be done. */
  refused: readonly Refusal[];
}

/** Files by which a role is known to be there. */
export type Signs = Readonly<Record<string, readonly string[]>>;

/** sh: the names of the roles that are there, one a line. */
export function signsScript(signs: Signs): string {
  const lines = Object.entries(signs).map(
    ([role, paths]) =>
      `for p in ${paths.map(quote).join(' ')}; do [ ! -e "$p" ] || { echo ${role}; break; }; done`,
  );
  return lines.join('\n');
}

/** What must be gone of it, once `staying` is what the inventory asks for there. */
export function leave(
  staying: readonly Resource[],
  { resources, data }: Leaving,
  isData = false,
): Resource[] {
  const units = new Set(resources.filter((r) => r.kind === 'service').map((r) => r.id));
  // what must be gone for those that stay, too, is theirs to say
  const kept = new Set(staying.map(keyOf));
  return resources
    .filter((r) => isData || data || !r.data)
    .map((r) => (r.kind === 'packages' ? withoutPackages(r, staying) : r))
    .filter((r) => !kept.has(keyOf(r)))
    .map(({ notify = [], ...rest }) => ({
      ...rest,
      notify: notify.flatMap((h) => lasting(h, units)),
      gone: true,
    }));
}

/**
 * Plans it. What stays must be as the inventory wants it already, but for what follows from the leaving. `unasked`:
 * roles that are there though neither the inventory asks for them nor they leave.
 */
export function planLeaving(
  host: string,
  staying: readonly Resource[],
  leaving: Leaving,
  facts: Facts,
  unasked: readonly string[],
  options: { adopt?: boolean } = {},
): Plan {
  const needed = unasked.flatMap((role) => leaving.needs(role));
  const goneOf = (isData: boolean) => leave([...staying, ...needed], leaving, isData);
  const plan = planOf(host, [...staying, ...goneOf(false)], facts, options);
  const before = new Map(leaving.before.map((r) => [keyOf(r), JSON.stringify(r.spec)]));
  const follows = ({ resource }: Plan['changes'][number]) => {
    const wanted = staying.find((r) => keyOf(r) === keyOf(resource));
    return JSON.stringify(wanted?.spec) !== before.get(keyOf(resource));
  };
  const other = plan.changes.filter((c) => !leaving.resources.some((r) => keyOf(r) === keyOf(c.resource)));
  const pending = other.filter((change) => change.action !== 'remove' && !follows(change));
  const refused = [...leaving.refused, ...plan.refused];
  if (pending.length > 0)
    refused.push({
      message: `what stays on ${host} is not what the inventory says: ${pending.map((c) => c.title).join(', ')}`,
      hint: `hxllm deploy --limit ${host}`,
    });
  const both = unasked.filter((role) => leaving.shared.has(role));
  if (both.length > 0 && leaving.roles.some((role) => leaving.shared.has(role)))
    refused.push({
      message: `${both.join(', ')} is still on ${host}, unasked for, and shares HAProxy with what is to go`,
      hint: `remove it first, or both: ${[...leaving.roles, ...both].map((role) => `--remove ${role}`).join(' ')}`,
    });
  const goes = new Set(plan.changes.map((c) => keyOf(c.resource)));
  const rest = planOf(host, goneOf(true), facts).changes.filter((c) => !goes.has(keyOf(c.resource)));
  return { ...plan, refused, stays: rest.map((c) => c.title) };
}

/** Of the handlers of what goes, those that are not about a unit that goes with it. */
function lasting(handler: Handler, units: ReadonlySet<string>): Handler[] {
  const { unit, order, script } = handler;
  if (order >= RESTARTS) return [];
  if (!unit || !units.has(unit)) return [handler];
  return [{ ...handler, script: `! systemctl is-active -q ${quote(unit)} || {\n${script}\n}` }];
}

/** Restarts, and what only a successor needs. */
const RESTARTS = 20;

/** All packages of a host are one resource: what the roles that stay need is taken out of it. */
function withoutPackages(resource: Resource, staying: readonly Resource[]): Resource {
  const namesOf = (r: Resource) => (r.spec as { names: string[] }).names;
  const kept = staying.filter((r) => r.kind === 'packages').flatMap(namesOf);
  const names = namesOf(resource).filter((name) => !kept.includes(name));
  return { ...resource, id: 'packages of what leaves', spec: { names } };
}
