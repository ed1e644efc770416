// Debian packages that the tests need: installed when they are absent, so that `npm test` is the whole command.
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** A program and the package that has it. The one list. */
const PROGRAMS: Readonly<Record<string, string>> = {
  curl: 'curl',
  haproxy: 'haproxy',
  ip: 'iproute2',
  iptables: 'iptables',
  mmdebstrap: 'mmdebstrap',
  openssl: 'openssl',
  python3: 'python3',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  restic: 'restic',
  sshd: 'openssh-server',
  sudo: 'sudo',
  'systemd-analyze': 'systemd',
  'systemd-nspawn': 'systemd-container',
  zstd: 'zstd',
};

/** What only the tests on real hosts need: they open the web UI as a person does. */
const ON_HOSTS: Readonly<Record<string, string>> = { chromium: 'chromium' };

/** vitest's global setup. Without root or apt the tests that need a program say so themselves. */
export default function setup({ name }: TestProject): void {
  const packages = new Set(
    Object.entries({ ...PROGRAMS, ...(name === 'e2e' ? ON_HOSTS : {}) }).flatMap(([program, name]) =>
      isThere(program) ? [] : [name],
    ),
  );
  if (packages.size === 0 || process.getuid?.() !== 0 || !isThere('apt-get')) return;
  process.stderr.write(`installing for the tests: ${[...packages].join(' ')}\n`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const quiet = ['-o', 'Dpkg::Use-Pty=0', '-o', 'DPkg::Lock::Timeout=300', '-qq'];
  execFileSync('apt-get', [...quiet, 'update'], { env, stdio: 'inherit' });
  const install = [...quiet, '-y', '--no-install-recommends', 'install', ...packages];
  withoutServices(() => execFileSync('apt-get', install, { env, stdio: 'inherit' }));
}

const POLICY = '/usr/sbin/policy-rc.d';

/** A package's service must not start on the machine that runs the tests. */
function withoutServices(install: () => void): void {
  if (existsSync(POLICY)) {
    install();
    return;
  }
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    install();
  } finally {
    rmSync(POLICY);
  }
}

function isThere(program: string): boolean {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
