// How a lab is shown.
import type { LabStatus } from '../lab/status.js';
import { table } from '../ui/table.js';

export function statusText(status: LabStatus, { hints = false } = {}): string {
  const rows = status.hosts.map((host) => [
    host.name,
    host.group,
    host.os,
    host.address,
    host.state,
    host.since?.replace('T', ' ').replace(/\.\d+Z$/, ''),
    host.ssh ? 'yes' : 'no',
  ]);
  const lines = [table(['host', 'group', 'os', 'address', 'state', 'since (UTC)', 'ssh'], rows)];
  if (hints && status.inventory) {
    lines.push('', 'Next:', ...status.next.map((line) => `  ${line}`));
  }
  return lines.join('\n');
}
