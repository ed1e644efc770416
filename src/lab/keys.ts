// The lab's keys: one to log in with, one per host to know it by.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fqdn, HOSTS } from './hosts.js';
import { labPaths } from './paths.js';
import { run } from './run.js';
import { subnet } from './state.js';

async function makeKey(file: string, comment: string): Promise<string> {
  if (!existsSync(`${file}.pub`)) {
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', comment, '-f', file]);
  }
  return readFileSync(`${file}.pub`, 'utf8').trim();
}

/** The public half of the key that people and hxllm log in with. */
export const loginKey = (lab: string) => makeKey(labPaths(lab).key, `hxllm-lab-${lab}`);

/** File of a host's own key; it outlives the host's file system, so known_hosts stays true. */
export const hostKeyFile = (lab: string, short: string) => join(labPaths(lab).dir, 'hostkeys', short);

/**
 * Keys for every host that the lab could have, and known_hosts from them. Written at creation and never asked from
 * the network: with a scan a host that answers under a wrong address would go unnoticed.
 */
export async function hostKeys(lab: string, octet: number): Promise<void> {
  const paths = labPaths(lab);
  mkdirSync(join(paths.dir, 'hostkeys'), { recursive: true, mode: 0o700 });
  const lines = await Promise.all(
    HOSTS.map(async (host) => {
      const key = await makeKey(hostKeyFile(lab, host.short), host.short);
      const [type, material] = key.split(' ');
      return `${fqdn(host)},${host.short},${subnet(octet)}.${host.octet} ${type} ${material}\n`;
    }),
  );
  writeFileSync(paths.knownHosts, lines.join(''), { mode: 0o600 });
}
