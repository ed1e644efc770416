// hxllm inventory list: what was understood, hosts with groups and addresses; as JSON with the variables as written.
import { asWritten } from '../../inventory/as-written.js';
import { type Host, type Inventory, showOrigin } from '../../inventory/types.js';
import { color } from '../../ui/color.js';
import { table } from '../../ui/table.js';

export function listInventory(
  inventory: Inventory,
  limit: string | undefined,
): { text: string; json: object } {
  const hosts = limit === undefined ? [...inventory.hosts.values()] : inventory.select(limit);
  const rows = hosts.map((host) => [host.name, groupsOf(host), addressOf(host)]);
  const summary = `${hosts.length} hosts from ${inventory.sources.map((file) => showOrigin({ file })).join(', ')}`;
  return {
    text: [table(['host', 'groups', 'address'], rows), '', color.dim(summary)].join('\n'),
    json: listJson(inventory, hosts),
  };
}

function listJson(inventory: Inventory, hosts: readonly Host[]): object {
  const kept = new Set(hosts.map((host) => host.name));
  const groups = [...inventory.groups.values()].map(({ name, hosts: direct, children }) => [
    name,
    { hosts: direct.filter((host) => kept.has(host)), children: [...children] },
  ]);
  return {
    sources: inventory.sources,
    groups: Object.fromEntries(groups),
    hosts: Object.fromEntries(hosts.map((host) => [host.name, variablesOf(host)])),
    warnings: inventory.warnings,
  };
}

function variablesOf(host: Host): object {
  return Object.fromEntries(host.variables().map((name) => [name, asWritten(host, name)]));
}

function groupsOf(host: Host): string {
  return host.groups.filter((group) => group !== 'all').join(', ');
}

/** An address that cannot be evaluated must not hide the rest of the list. */
function addressOf(host: Host): string {
  try {
    const [address, port, user] = ['ansible_host', 'ansible_port', 'ansible_user'].map((name) =>
      known(host, name),
    );
    return `${user ? `${user}@` : ''}${address ?? host.name}${port && port !== '22' ? `:${port}` : ''}`;
  } catch {
    return '?';
  }
}

function known(host: Host, name: string): string | undefined {
  const value = host.variables().includes(name) ? host.get(name) : undefined;
  return value === undefined || value === null ? undefined : String(value);
}
