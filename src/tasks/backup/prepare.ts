// Restic and Python on a host that may be empty: all that is added before a backup can be looked at.
import { BACKUP_PACKAGES } from '../../backup.js';
import { HxError } from '../../errors.js';
import { packages } from '../../resources/packages.js';
import type { Run } from '../../run.js';
import { command, whole } from '../../shell.js';
import type { FleetHost } from '../fleet.js';
import { runOn } from './hosts.js';

export async function prepare(entry: FleetHost, run: Run, say: (text: string) => void): Promise<void> {
  const resource = { kind: packages.name, id: 'packages', spec: { names: BACKUP_PACKAGES } };
  const install = packages.apply({ resource, action: 'create', title: 'packages', reasons: [] });
  const there = BACKUP_PACKAGES.map((name) => command('command', '-v', name)).join(' && ');
  const script = whole(`progress() { printf '@@ progress "%s"\\n' "\${*//\\"/}"; }
if { ${there}; } >/dev/null; then echo '@@ result {}'; exit; fi
progress 'installing ${BACKUP_PACKAGES.join(', ')}'
( set -eo pipefail
${install}
) >&2
# no && behind the brackets: set -e would mean nothing in them
[ $? != 0 ] || echo '@@ result {}'`);
  const output = await runOn(entry, script, run, say);
  if (output.includes('@@ result')) return;
  const message = `${BACKUP_PACKAGES.join(', ')} could not be installed\n${output.trim().split('\n').slice(-5).join('\n')}`;
  throw new HxError({ code: 'host-failed', where: entry.name, message });
}
