// The bench's hosts: a gateway and its backends, deployed; as others must reach them, too: far away, or under many names.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOSTS, labHost } from '../../src/lab/hosts.js';
import { hostKeyFile } from '../../src/lab/keys.js';
import { sshArgs } from '../../src/lab/ssh.js';
import { needState } from '../../src/lab/state.js';
import { command } from '../../src/shell.js';
import { temporary } from '../../test/e2e/support/temporary.js';
import { run } from '../../test/support/cli.js';
import type { Lab } from '../../test/support/lab.js';
import type { Command } from './measure.js';
import type { BenchHost } from './peers.js';
import { WANT } from './want.js';

export const GATEWAY = 'hx-api-server';

/** The short names of a fleet: the gateway and backends. */
export const fleet = (count: number): string[] => [
  GATEWAY,
  ...HOSTS.filter(({ group }) => group === 'llm')
    .slice(0, count - 1)
    .map(({ short }) => short),
];

export const benchHosts = (lab: Lab, shorts: readonly string[]): BenchHost[] =>
  shorts.map((short) => ({
    name: lab.fqdn(short),
    short,
    address: lab.address(short),
    group: labHost(short).group as BenchHost['group'],
  }));

/** `ssh HOST true` to all of them at once, as a shell does it; as OpenSSH comes, or with words of its own for each. */
export function sshTrue(
  lab: Lab,
  shorts: readonly string[],
  words: (index: number) => string[] = () => [],
): Command {
  const state = needState(lab.name);
  const each = shorts.map(
    (short, index) =>
      `${command('ssh', ...words(index), ...sshArgs(state, short, 'agent0'), 'true')} & jobs+=($!)`,
  );
  const all = 'bad=0; for job in "${jobs[@]}"; do wait "$job" || bad=1; done; exit $bad';
  return { argv: ['bash', '-c', `jobs=()\n${each.join('\n')}\n${all}`] };
}

/** The files that the peers are to find there, by host. */
export async function fetchFiles(lab: Lab, hosts: readonly BenchHost[]): Promise<string> {
  const folder = temporary('peers');
  for (const { name, short, group } of hosts) {
    const words = WANT[group].files.map(({ path }) => path.slice(1));
    const packed = await lab.ssh(short, `${command('tar', '-C', '/', '-chf', '-', ...words)} | base64`);
    if (packed.code !== 0) throw new Error(`${short}: ${packed.stderr}`);
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'packed.tar'), Buffer.from(packed.stdout, 'base64'));
    await run('tar', ['-C', join(folder, name), '-xf', join(folder, 'packed.tar')]);
  }
  return folder;
}

export interface Inventory {
  file: string;
  env: Record<string, string>;
}

/** The lab's inventory with another text of dev.ini. */
function inventory(lab: Lab, change: (text: string, folder: string) => string): Inventory {
  const folder = temporary('inventory');
  cpSync(lab.folder, folder, { recursive: true });
  const file = join(folder, 'dev.ini');
  writeFileSync(file, change(readFileSync(file, 'utf8'), folder));
  return { file, env: { HXLLM_INVENTORY: file, HXLLM_VAULT_PASSWORD_FILE: lab.vaultPasswordFile } };
}

/** Each host behind a port of this machine, which is what its key is known by. */
export function farInventory(lab: Lab, hosts: readonly BenchHost[], ports: readonly number[]): Inventory {
  return inventory(lab, (text, folder) => {
    const known = hosts.map(({ short }, index) => {
      const key = readFileSync(`${hostKeyFile(lab.name, short)}.pub`, 'utf8');
      return `[127.0.0.1]:${ports[index]} ${key}`;
    });
    const file = join(folder, 'known_hosts');
    writeFileSync(file, known.join(''));
    return hosts
      .reduce(
        (ini, { address }, index) =>
          ini.replace(`ansible_host=${address}\n`, `ansible_host=127.0.0.1 ansible_port=${ports[index]}\n`),
        text,
      )
      .replace(lab.knownHosts, file);
  });
}

/** So many backends more, which are other names of those that are there. */
export function manyNames(lab: Lab, hosts: readonly BenchHost[], count: number): Inventory {
  const backends = hosts.filter(({ group }) => group === 'llm');
  const names = Array.from({ length: count }, (_, index) => {
    const { address } = backends[index % backends.length]!;
    return `alias-${String(index + 1).padStart(3, '0')} ansible_host=${address}`;
  });
  return inventory(lab, (text) => text.replace(/^\[llm\]\n/m, `[llm]\n${names.join('\n')}\n`));
}
