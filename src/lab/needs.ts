// What the machine must have before a lab: root, and a few Debian packages, which are installed and named.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { HxError } from '../errors.js';
import { run } from './run.js';

/** A program and the Debian package that has it. */
const PROGRAMS: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  iptables: 'iptables',
  ip: 'iproute2',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
};

export function onPath(program: string): string | undefined {
  // root's own PATH often lacks sbin when it came from `su`
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

export function needRoot(): void {
  if (process.platform !== 'linux') {
    throw new HxError({
      code: 'lab',
      message: `the lab needs Linux with systemd-nspawn, this is ${process.platform}`,
      hint: 'Use a Debian machine or a virtual machine for it',
    });
  }
  if (process.getuid?.() === 0) return;
  throw new HxError({
    code: 'lab',
    message: 'the lab needs root: it makes containers, a bridge and a firewall rule',
    hint: 'sudo hxllm lab up',
  });
}

export async function installNeeds(say: (line: string) => void): Promise<void> {
  const missing = Object.entries(PROGRAMS).filter(([program]) => !onPath(program));
  const packages = [...new Set(missing.map(([, debian]) => debian))];
  if (packages.length === 0) return;
  const line = `apt-get install ${packages.join(' ')}`;
  if (!onPath('apt-get')) {
    throw new HxError({
      code: 'lab',
      message: `the lab needs ${missing.map(([program]) => program).join(', ')}`,
      hint: `On Debian: ${line}`,
    });
  }
  say(`installing ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['-qq', 'update'], { env, hint: line });
  await run('apt-get', ['-qq', '-y', '--no-install-recommends', 'install', ...packages], { env, hint: line });
}
