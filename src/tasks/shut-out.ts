// Gateways that a backend's new filter shuts out: they come from another address than their own host says, as with NAT.
import { backendReach } from '../checks/backend-reach.js';
import type { BackendHost, Stack } from '../stack/stack.js';
import type { FleetHost } from './fleet.js';

/** How often the filter has refused somebody since it was loaded. */
const REFUSED = /^\s*(?:meta l4proto \S+ )?counter packets (\d+) /m;

/** Names of the gateways, among the hosts of the run. */
export async function shutOut(
  { name, members, session }: FleetHost,
  hosts: readonly FleetHost[],
  stack: Stack,
  signal: AbortSignal,
): Promise<string[]> {
  const backend = members.find((m): m is BackendHost => m.role === 'backend');
  if (!backend || !session) return [];
  const lost: string[] = [];
  for (const one of hosts)
    for (const gateway of one.members) {
      if (gateway.role !== 'gateway' || one.name === name || !one.session) continue;
      const asking = { ...gateway, backends: gateway.backends.filter((b) => b.host === name) };
      const { stdout } = await one.session.run(backendReach.script(asking, stack), { signal });
      const results = [backendReach.judge(stdout, asking, stack)].flat();
      if (results.some((r) => r.status === 'fail' && r.message.includes('refuses'))) lost.push(gateway.name);
    }
  if (lost.length === 0) return [];
  // nobody may listen there, for another reason
  const { stdout } = await session.run(`nft list chain inet hxllm port_${backend.port}`, { signal });
  return Number(REFUSED.exec(stdout)?.[1] ?? 0) > 0 ? lost : [];
}
