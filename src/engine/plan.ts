// The plan of one host: resources × facts → changes and handlers. Pure, so that plan and deploy cannot differ.
import { isDeepStrictEqual } from 'node:util';
import { KINDS } from '../resources/index.js';
import type { Change, Handler, Kind, Refusal, Resource } from '../resources/kind.js';
import { NOT_AT_BOOT } from '../resources/service.js';
import type { Facts } from './facts.js';

export interface Plan {
  host: string;
  /** In the order in which they are made. */
  changes: Change[];
  /** In the order in which they run; each once. */
  handlers: Handler[];
  /** Why nothing may be touched. */
  refused: Refusal[];
  /** Of a role that leaves: what goes only when people say so. */
  stays?: string[];
}

/**
 * Two roles on one host may want the same thing: packages are joined, equal ones are one, both are told of a change.
 * Throws when they want one thing differently: neither may win in silence.
 */
export function merge(resources: readonly Resource[]): Resource[] {
  const merged = new Map<string, Resource>();
  for (const resource of resources) {
    const key = `${keyOf(resource)} ${resource.when?.name ?? ''} ${resource.gone ? 'gone' : ''}`;
    const known = merged.get(key);
    merged.set(key, known ? both(known, resource) : resource);
  }
  return [...merged.values()];
}

function both(known: Resource, other: Resource): Resource {
  if (known.kind !== 'packages' && !isDeepStrictEqual(known.spec, other.spec))
    throw new Error(`two roles want ${known.kind} ${known.id} differently`);
  const notify = new Map([...(known.notify ?? []), ...(other.notify ?? [])].map((h) => [h.id, h]));
  const names = (r: Resource) => (r.spec as { names: string[] }).names;
  return {
    ...known,
    ...(known.kind === 'packages'
      ? { spec: { names: [...new Set([...names(known), ...names(other)])].sort() } }
      : {}),
    ...(notify.size > 0 ? { notify: [...notify.values()] } : {}),
  };
}

/** Those that the facts do not rule out. */
export function wantedOf(all: readonly Resource[], facts: Pick<Facts, 'seen'>): Resource[] {
  return holding(all, facts).filter(({ gone }) => !gone);
}

function holding(all: readonly Resource[], { seen }: Pick<Facts, 'seen'>): Resource[] {
  const holds = ({ when }: Resource) => !when || when.holds(seen.get(when.kind)?.get(when.id));
  return merge(all.filter(holds).map(({ when: _, ...resource }) => resource));
}

/** `adopt`: what somebody else wrote is taken over. */
export function planOf(host: string, all: readonly Resource[], facts: Facts, { adopt = false } = {}): Plan {
  const there = holding(all, facts);
  const resources = there.filter(({ gone }) => !gone);
  const made = changesOf(KINDS, resources, facts, (kind) => kind.diff);
  const wanted = new Set(resources.map(keyOf));
  // what stands on something goes before it
  const unwanted = there.filter((resource) => resource.gone && !wanted.has(keyOf(resource))).reverse();
  const leaving = changesOf([...KINDS].reverse(), unwanted, facts, (kind) => kind.remove);
  const changes = [...made, ...leaving];
  const refused = changes.flatMap(({ refused }) => (refused && !(adopt && refused.mayAdopt) ? refused : []));
  for (const { needs } of changes) {
    const free = needs && facts.host.free[needs.path];
    if (needs && free !== undefined && free < needs.bytes) {
      const [want, have] = [needs.bytes, free].map((b) => Math.ceil(b / 1e6));
      refused.push({
        message: `${needs.path} has ${have} MB free, ${want} MB are needed`,
        hint: `make room on ${host}: df -h ${needs.path}`,
      });
    }
  }
  const handlers = handlersOf(there, changes, facts.host.pending);
  return { host, changes, handlers, refused };
}

export const keyOf = ({ kind, id }: Resource) => `${kind} ${id}`;

type Decide = (resource: Resource, seen: unknown) => Change | undefined;

function changesOf(
  kinds: readonly Kind[],
  resources: readonly Resource[],
  { seen }: Facts,
  decide: (kind: Kind) => Decide | undefined,
): Change[] {
  return kinds.flatMap((kind) =>
    resources
      .filter((r) => r.kind === kind.name)
      .flatMap((r) => decide(kind)?.(r, seen.get(kind.name)?.get(r.id)) ?? []),
  );
}

/** What the changes ask for, what an interrupted run left, without restarts of units that are started anyway. */
function handlersOf(
  resources: readonly Resource[],
  changes: readonly Change[],
  pending: readonly string[],
): Handler[] {
  const asked = changes.flatMap((c) => [...(c.resource.notify ?? []), ...(c.follow ?? [])]);
  const known = resources.flatMap((r) => r.notify ?? []);
  const left = known.filter((h) => pending.includes(h.id));
  const starting = new Set(
    changes.filter((c) => c.resource.kind === 'service' && startsUnit(c)).map((c) => c.resource.id),
  );
  const once = new Map([...asked, ...left].map((h) => [h.id, h]));
  return [...once.values()].filter((h) => !h.unit || !starting.has(h.unit)).sort((a, b) => a.order - b.order);
}

function startsUnit(change: Change): boolean {
  return change.reasons.some((reason) => reason !== NOT_AT_BOOT);
}

export function kindOf(change: Change): Kind {
  return KINDS.find((k) => k.name === change.resource.kind) as Kind;
}

export function isEmpty(plan: Plan): boolean {
  return plan.changes.length === 0 && plan.handlers.length === 0;
}
