// Looking at hosts: one connection and one probe script each, from which the plan and the cheap checks are made.
import { judgePieces, PROBE_CHECKS, piecesOf } from '../checks/pieces.js';
import { type Extra, type Facts, type HostFacts, probeScript, readFacts } from '../engine/facts.js';
import { merge, type Plan, planOf } from '../engine/plan.js';
import { PUT_BACK } from '../engine/transaction.js';
import { HxError, messageOf } from '../errors.js';
import type { Finding } from '../finding.js';
import type { Resource } from '../resources/kind.js';
import { ROLES } from '../roles/index.js';
import type { Run } from '../run.js';
import type { Stack } from '../stack/stack.js';
import type { FleetHost } from './fleet.js';

/** What a look at a host gave. */
export interface Look {
  entry: FleetHost;
  resources: Resource[];
  facts: Facts;
  plan: Plan;
  /** What the checks saw that ride on the probe: worth telling when there is nothing to change. */
  findings: Finding[];
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

/**
 * Reads a host and plans it. Throws the host's connection error, or what could not be read.
 */
export async function look(
  entry: FleetHost,
  run: Run,
  stack: Stack,
  { mend = false, adopt = false }: LookOptions = {},
): Promise<Look> {
  const resources = resourcesOf(entry);
  const pieces = piecesOf(entry.members, stack, PROBE_CHECKS);
  const read = () => probe(entry, run, resources, pieces);
  let facts = await read();
  if (mend && isLeft(facts.host)) {
    await entry.session?.run(PUT_BACK, { shell: 'bash', timeoutMs: PUT_BACK_MS, signal: run.signal });
    facts = await read();
  }
  const findings = judgePieces(pieces, facts.extra, stack);
  return { entry, resources, facts, plan: planOf(entry.name, resources, facts, { adopt }), findings };
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
