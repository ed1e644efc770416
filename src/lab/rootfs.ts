// The cached file system of a distribution: made once by mmdebstrap, read-only below all hosts after that.
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../cache-dir.js';
import { withLock } from '../file-lock.js';
import { poll } from '../retry.js';
import { DISTRIBUTIONS, type Os, PACKAGES } from './distributions.js';
import { type Mirror, readMirror, sources } from './mirror.js';
import { keyOf } from './paths.js';
import { findByArgument, signal } from './processes.js';
import { removeTree, run } from './run.js';

/** Runs in the new root ($1). Users and services here, so that a host is only a handful of files. */
const CUSTOMIZE = String.raw`set -e
chroot "$1" systemctl enable --quiet systemd-networkd ssh
chroot "$1" systemctl disable --quiet apt-daily.timer apt-daily-upgrade.timer
useradd --root "$1" --uid 1000 --create-home --shell /bin/bash agent0
useradd --root "$1" --uid 1001 --create-home --shell /bin/bash agent1
printf 'agent0 ALL=(ALL) NOPASSWD: ALL\nagent1 ALL=(ALL) ALL\n' > "$1/etc/sudoers.d/hxllm-lab"
chmod 440 "$1/etc/sudoers.d/hxllm-lab"
: > "$1/etc/machine-id"
rm -f "$1"/etc/ssh/ssh_host_* "$1"/var/lib/dbus/machine-id "$1"/etc/resolv.conf "$1"/etc/hostname
# a heavy remote shell start would cost each exec 100 ms; plain ones are what servers have
for home in root home/agent0 home/agent1; do : > "$1/$home/.bashrc"; done`;

/** Documents are never read in a lab, and syncing each file is most of an installation's time. */
const DPKG = [
  'force-unsafe-io',
  ...['doc', 'man', 'locale'].map((part) => `path-exclude=/usr/share/${part}/*`),
];

/** In its own namespaces nothing of it outlives an interrupt: no process, and no mount that `rm` could walk into. */
const APART = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'mmdebstrap'];

export function rootKey(os: Os): string {
  return `${os}-${keyOf(DISTRIBUTIONS[os].suites.join(), PACKAGES.join(), DPKG.join(), CUSTOMIZE)}`;
}

export const rootDir = (os: Os) => join(cacheDir(), 'roots', rootKey(os));

export function mmdebstrapArgs(os: Os, mirror: Mirror, target: string, hook: string): string[] {
  const distribution = DISTRIBUTIONS[os];
  return [
    ...['--variant=minbase', '--mode=root', '--format=directory', `--include=${PACKAGES.join(',')}`],
    ...DPKG.map((option) => `--dpkgopt=${option}`),
    ...mirror.options.map((option) => `--aptopt=${option}`),
    `--customize-hook=sh ${hook} "$1"`,
    ...[distribution.suite, target, ...sources(mirror, distribution)],
  ];
}

/** The root of a distribution; made when it is not in the cache. */
export async function makeRoot(os: Os, say: (line: string) => void, abort?: AbortSignal): Promise<string> {
  const root = rootDir(os);
  if (existsSync(root)) return root;
  return withLock(`${root}.lock`, 300_000, async () => {
    if (existsSync(root)) return root; // another lab has made it meanwhile
    const half = `${root}.making`;
    const hook = `${root}.hook`;
    // a making whose hxllm was killed goes on by itself
    for (const pid of findByArgument(half)) signal(pid, 'SIGKILL');
    await poll(async () => findByArgument(half).length === 0 || undefined, { timeoutMs: 5000 });
    await removeTree(half);
    mkdirSync(half, { recursive: true });
    writeFileSync(hook, CUSTOMIZE);
    say(`making ${DISTRIBUTIONS[os].title} (about 30 s, once)`);
    try {
      const onLine = (line: string) => void (/^I: /.test(line) && say(line.slice(3)));
      const hint = 'The machine must reach its Debian mirror: apt-get update';
      await run('unshare', [...APART, ...mmdebstrapArgs(os, await readMirror(), half, hook)], {
        onLine,
        signal: abort,
        hint,
      });
      renameSync(half, root);
    } finally {
      rmSync(hook, { force: true });
      await removeTree(half);
    }
    return root;
  });
}
