// Looking at hosts: one connection and one probe script each, from which the plan and the cheap checks are made.
import { judgePieces, PROBE_CHECKS, piecesOf } from '../checks/pieces.js';
import { type Extra, type Facts, type HostFacts, probeScript, readFacts } from '../engine/facts.js';
import { type Leaving, leave, planLeaving, signsScript } from '../engine/leave.js';
import { merge, type Plan, planOf } from '../engine/plan.js';
import { PUT_BACK } from '../engine/transaction.js';
import { HxError, messageOf } from '../errors.js';
import type { Finding } from '../finding.js';
import type { Resource } from '../resources/kind.js';
import { readWays, type Ways, waysScript, withWays } from '../roles/filter.js';
import { ROLES } from '../roles/index.js';
import type { Run } from '../run.js';
import type { Stack } from '../stack/stack.js';
import type { FleetHost } from './fleet.js';

/** What a host said. */
export interface Read {
  entry: FleetHost;
  /** What the roles that it has ask for, without what is to leave. */
  staying: Resource[];
  resources: Resource[];
  facts: Facts;
  /** What the checks saw that ride on the probe: worth telling when there is nothing to change. */
  findings: Finding[];
  /** From where it comes to hosts that have a filter. */
  ways: Ways;
}

/** What a look at a host gave. */
export interface Look extends Omit<Read, 'ways' | 'staying'> {
  plan: Plan;
}

const PROBE_MS = 60_000;
/** A gateway that must drain and restart LiteLLM once more. */
const PUT_BACK_MS = 30 * 60_000;

/** Everything that a host must have, by its roles. */
export function resourcesOf({ members }: FleetHost): Resource[] {
  return merge(
    members.flatMap((member) =>
      ROLES.filter((role) => role.name === member.role).flatMap((role) => role.resources(member)),
    ),
  );
}

export interface LookOptions {
  /** Puts back first what an interrupted run left there, so that the plan is of what stays. */
  mend?: boolean;
  /** Takes over what somebody else wrote. */
  adopt?: boolean;
}

const WAYS = 'ways';

/**
 * Reads a host; `names` are those that it goes to. Throws the host's connection error, or what could not be read.
 */
export async function read(
  entry: FleetHost,
  run: Run,
  stack: Stack,
  { mend = false, names = [] }: LookOptions & { names?: readonly string[] },
): Promise<Read> {
  const { leaving } = entry;
  const staying = resourcesOf(entry);
  const resources = leaving ? [...staying, ...leave(staying, leaving, true)] : staying;
  const pieces = piecesOf(entry.members, stack, PROBE_CHECKS);
  const extra = [
    ...pieces,
    ...(names.length > 0 ? [{ name: WAYS, script: waysScript(names) }] : []),
    ...(leaving ? [SIGNS] : []),
  ];
  const once = () => probe(entry, run, resources, extra);
  let facts = await once();
  if (mend && isLeft(facts.host)) {
    await entry.session?.run(PUT_BACK, { shell: 'bash', timeoutMs: PUT_BACK_MS, signal: run.signal });
    facts = await once();
  }
  const findings = judgePieces(pieces, facts.extra, stack);
  const ways = readWays(facts.extra.get(WAYS) ?? '');
  return { entry, staying, resources, facts, findings, ways };
}

/** Plans what was read, once it is known from where others come. Pure. */
export function planned(
  { ways: _, staying, ...seen }: Read,
  ways: (host: string) => Ways | undefined,
  options: LookOptions,
): Look {
  const { entry, facts } = seen;
  const { leaving } = entry;
  const resources = withWays(seen.resources, ways);
  const plan = leaving
    ? planLeaving(
        entry.name,
        withWays(staying, ways),
        leaving,
        facts,
        unaskedOf(entry, leaving, facts),
        options,
      )
    : planOf(entry.name, resources, facts, options);
  return { ...seen, resources, plan };
}

const SIGNS: Extra = {
  name: 'roles',
  script: signsScript(Object.fromEntries(ROLES.map((role) => [role.name, role.signs]))),
};

function unaskedOf({ members }: FleetHost, { roles }: Leaving, { extra }: Facts): string[] {
  const known = [...roles, ...members.map((m) => m.role)];
  return (extra.get(SIGNS.name) ?? '').split('\n').filter((role) => role && !known.includes(role));
}

/** A change was interrupted, and nobody is at work on it. */
export function isLeft({ armed, locked }: HostFacts): boolean {
  return armed.length > 0 && !locked;
}

async function probe(
  entry: FleetHost,
  run: Run,
  resources: Resource[],
  pieces: readonly Extra[],
): Promise<Facts> {
  const script = probeScript(resources, pieces);
  await entry.connecting;
  const { session, name: where } = entry;
  if (!session) throw entry.error ?? new Error(`${where} was not connected to`);
  const { code, stdout, stderr } = await session.run(script, {
    timeoutMs: PROBE_MS,
    signal: run.signal,
  });
  if (code === null)
    throw new HxError({
      code: 'connection-lost',
      where,
      message: 'the connection was lost while it was read',
    });
  if (code !== 0 && !stdout.includes('@@hxllm end')) {
    throw new HxError({
      code: 'host-failed',
      where,
      message: `the probe failed with code ${code}\n${messageOf(stderr).trim()}`,
    });
  }
  return readFacts(where, stdout, resources);
}
