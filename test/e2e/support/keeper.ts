// A host that keeps the repositories of others, for a key that may store and fetch files and nothing else.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../support/cli.js';
import type { Lab } from '../../support/lab.js';
import { onHost } from './search.js';
import { vaulted } from './stack.js';
import { temporary } from './temporary.js';

/** A new pair of keys: the private one, and the line of the public one. */
export async function keyPair(): Promise<{ key: string; line: string }> {
  const file = join(temporary('keeper'), 'key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  return { key: readFileSync(file, 'utf8'), line: readFileSync(`${file}.pub`, 'utf8').trim() };
}

/** Its line of known_hosts. */
export async function makeKeeper(lab: Lab, host: string, line: string): Promise<string> {
  const { status, stderr } = onHost(
    lab,
    host,
    `set -e; useradd --system --create-home --shell /bin/sh keeper; install -d -o keeper /srv/keeper
     install -d -m 700 -o keeper ~keeper/.ssh
     echo 'restrict,command="internal-sftp" ${line}' > ~keeper/.ssh/authorized_keys; chown keeper ~keeper/.ssh/*`,
  );
  if (status !== 0) throw new Error(`${host} keeps nothing: ${stderr}`);
  const { stdout } = await lab.ssh(host, 'cat /etc/ssh/ssh_host_ed25519_key.pub');
  return `${lab.fqdn(host)} ${stdout.trim()}`;
}

/** The variables of a repository there. */
export function backups(
  lab: Lab,
  {
    at,
    known,
    key,
    password = 'not of this world',
  }: Record<'at' | 'known' | 'key', string> & { password?: string },
): string {
  return [
    `hxllm_backup_repository: "${at}"\nhxllm_backup_known_hosts: "${known}"\n`,
    vaulted(lab, 'hxllm_backup_password', password),
    vaulted(lab, 'hxllm_backup_ssh_key', key),
  ].join('');
}

/** One byte in the middle of each piece of its data is another. */
export function damagedCopy(lab: Lab, host: string, from: string, to: string): void {
  const { status, stderr } = onHost(
    lab,
    host,
    `set -e; cd /srv/keeper; cp -a ${from} ${to}
     find ${to}/data -type f | while read -r f; do
       chmod u+w "$f"; printf XXXX | dd of="$f" bs=1 seek=$(( $(stat -c %s "$f") / 2 )) conv=notrunc status=none
     done`,
  );
  if (status !== 0) throw new Error(`it is not damaged: ${stderr}`);
}
