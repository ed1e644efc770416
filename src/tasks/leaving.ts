// The hosts of a removal: what each has of the roles that leave, what the inventory keeps there, and why a role may not go.

import type { Leaving } from '../engine/leave.js';
import { merge } from '../engine/plan.js';
import { HxError } from '../errors.js';
import { type Host, type Inventory, showOrigin } from '../inventory/types.js';
import type { Refusal } from '../resources/kind.js';
import { ROLES } from '../roles/index.js';
import type { RoleName } from '../roles/role.js';
import type { Run } from '../run.js';
import { isAt } from '../stack/backends.js';
import { hostOf } from '../stack/places.js';
import { groupsOf, readMembers, stackOf } from '../stack/read.js';
import type { Stack } from '../stack/stack.js';
import type { Fleet } from './fleet.js';

/** Both are behind the host's one HAProxy. */
const SHARED: ReadonlySet<string> = new Set<RoleName>(['gateway', 'webui']);

/** Throws `usage` without a limit: a role is never removed from all hosts by mistake. */
export function leavingFleet(
  inventory: Inventory,
  run: Pick<Run, 'limit'>,
  { remove, data }: { remove: readonly RoleName[]; data: boolean },
): Fleet {
  if (run.limit === undefined) {
    const message = '--remove needs the host that it is removed from';
    throw new HxError({
      code: 'usage',
      message,
      hint: `add it: --remove ${remove.join(' --remove ')} --limit HOST`,
    });
  }
  const chosen = inventory.select(run.limit);
  const stack = keptStack(inventory);
  const groups = groupsOf(inventory);
  /** As if the hosts had these roles still: their groups' variables are theirs again. */
  const asIf = (roles: readonly RoleName[]) =>
    readMembers(
      inventory.joined(
        chosen.flatMap(({ name: host }) => roles.map((role) => ({ host, group: groups[role] }))),
      ),
    ).stack;
  const before = asIf(remove);
  const all = () => asIf(ROLES.map((role) => role.name));
  const hosts = chosen.map((host) => {
    const has = (of: Stack, names: readonly string[]) =>
      ROLES.filter((role) => names.includes(role.name)).flatMap((role) =>
        role.hosts(of).flatMap((member) => (member.name === host.name ? role.resources(member) : [])),
      );
    const members = ROLES.flatMap((role) => role.hosts(stack).filter((m) => m.name === host.name));
    const leaving: Leaving = {
      roles: remove,
      data,
      resources: merge(has(before, remove)),
      before: merge(
        has(
          before,
          members.map((m) => m.role),
        ),
      ),
      needs: (role) => has(all(), [role]),
      shared: SHARED,
      refused: remove.flatMap((role) => refusals(role, host, inventory, stack, before)),
    };
    return { name: host.name, host, members, leaving };
  });
  return { inventory, stack: { ...stack, notices: [] }, hosts };
}

/** What stays must be right; that no gateway stays is right, too. */
function keptStack(inventory: Inventory): Stack {
  return stackOf(inventory, ({ variable }) => variable === 'hxllm_gateway_group');
}

function refusals(role: RoleName, host: Host, inventory: Inventory, stack: Stack, before: Stack): Refusal[] {
  const { name } = host;
  if (
    ROLES.find((r) => r.name === role)
      ?.hosts(stack)
      .some((m) => m.name === name)
  ) {
    const group = groupsOf(inventory)[role];
    const where = showOrigin(inventory.place(name, group));
    return [
      {
        message: `the inventory asks for it: ${name} is in [${group}]`,
        hint: `take it out of [${group}]${where ? ` in ${where}` : ''}, and deploy what is left first`,
      },
    ];
  }
  if (role === 'backend') {
    const port = before.backends.find((b) => b.name === name)?.port;
    const using = stack.gateways.filter((g) =>
      g.backends.some((b) => isAt(host, b.address) && b.port === port),
    );
    return using.map(({ name: gateway, host: at }) => ({
      message: `gateway ${gateway} uses it`,
      hint: `take it out of litellm_backends${placeOf(at, 'litellm_backends')}, and deploy the gateway first`,
    }));
  }
  if (role !== 'gateway') return [];
  const using = stack.webuis.filter((w) => w.gateway === '' || isAt(host, hostOf(w.baseUrl)));
  return using.map((w) => ({
    message: `web UI ${w.name} uses it`,
    hint: `give it another gateway${placeOf(w.host, 'litellm_base_url')}, or take it out of [${groupsOf(inventory).webui}]`,
  }));
}

function placeOf(host: Host, variable: string): string {
  const where = showOrigin(host.origin(variable));
  return where ? ` (${where})` : '';
}
