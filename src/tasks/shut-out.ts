// Gateways that a backend's new filter shuts out: they come from another address than their own host says, as with NAT.
import { quote } from '../shell.js';
import type { Backend, BackendHost } from '../stack/stack.js';
import { type FleetHost, gatewaysOf } from './fleet.js';

/** How often the filter has refused somebody since it was loaded. */
const REFUSED = /\bcounter packets (\d+) /;

/** At each address of a name: HAProxy has chosen one of them, and curl would try another when it is refused. */
const connects = ({ address, port }: Backend) =>
  `for a in $(getent ahosts ${quote(address)} | cut -d' ' -f1 | sort -u); do case $a in *:*) u="[$a]" ;; *) u=$a ;; esac
curl -g -sv -o /dev/null --noproxy '*' --connect-timeout 5 --max-time 5 "http://$u:${port}/" 2>&1 | grep -q refused && echo "refused $a"; done; true`;

/** Names of the gateways, among the hosts of the run. */
export async function shutOut(
  { name, members, session }: FleetHost,
  hosts: readonly FleetHost[],
  signal: AbortSignal,
): Promise<string[]> {
  const backend = members.find((m): m is BackendHost => m.role === 'backend');
  if (!backend || !session) return [];
  const lost: string[] = [];
  for (const [gateway, { name: at, session: there }] of gatewaysOf({ hosts })) {
    const own = gateway.backends.filter((b) => b.host === name);
    if (at === name || !there || own.length === 0) continue;
    const { stdout } = await there.run(own.map(connects).join('\n'), { signal });
    if (stdout.includes('refused')) lost.push(gateway.name);
  }
  if (lost.length === 0) return [];
  // nobody may listen there, for another reason
  const { stdout } = await session.run(`nft list chain inet hxllm port_${backend.port}`, { signal });
  return Number(REFUSED.exec(stdout)?.[1] ?? 0) > 0 ? lost : [];
}
