// Looking at hosts: one connection and one probe script each, from which the plan and the cheap checks are made.
import { judgePieces, PROBE_CHECKS, piecesOf } from '../checks/pieces.js';
import { type Facts, probeScript, readFacts } from '../engine/facts.js';
import { merge, type Plan, planOf } from '../engine/plan.js';
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

/** Everything that a host must have, by its roles. */
export function resourcesOf({ members }: FleetHost): Resource[] {
  return merge(
    members.flatMap((member) =>
      ROLES.filter((role) => role.name === member.role).flatMap((role) => role.resources(member)),
    ),
  );
}

/** Reads a host and plans it. Throws the host's connection error, or what could not be read. */
export async function look(entry: FleetHost, run: Run, stack: Stack): Promise<Look> {
  if (!entry.session) throw entry.error ?? new Error(`${entry.name} was not connected to`);
  const resources = resourcesOf(entry);
  const pieces = piecesOf(entry.members, stack, PROBE_CHECKS);
  const { code, stdout, stderr } = await entry.session.run(probeScript(resources, pieces), {
    timeoutMs: PROBE_MS,
    signal: run.signal,
  });
  if (code === null)
    throw new HxError({
      code: 'connection-lost',
      where: entry.name,
      message: 'the connection was lost while it was read',
    });
  if (code !== 0 && !stdout.includes('@@hxllm end')) {
    throw new HxError({
      code: 'host-failed',
      where: entry.name,
      message: `the probe failed with code ${code}\n${messageOf(stderr).trim()}`,
    });
  }
  const facts = readFacts(entry.name, stdout, resources);
  const findings = judgePieces(pieces, facts.extra, stack);
  return { entry, resources, facts, plan: planOf(entry.name, resources, facts), findings };
}
