// The distributions that lab hosts can run. Another one is one more entry.
import { HxError } from '../errors.js';

export interface Distribution {
  suite: string;
  title: string;
  /** Suites on the main mirror and on the security mirror. */
  suites: readonly string[];
  security: readonly string[];
  keyring: string;
}

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

export const DISTRIBUTIONS = {
  bookworm: {
    suite: 'bookworm',
    title: 'Debian 12',
    suites: ['bookworm', 'bookworm-updates'],
    security: ['bookworm-security'],
    keyring: KEYRING,
  },
  trixie: {
    suite: 'trixie',
    title: 'Debian 13',
    suites: ['trixie', 'trixie-updates'],
    security: ['trixie-security'],
    keyring: KEYRING,
  },
} as const satisfies Record<string, Distribution>;

export type Os = keyof typeof DISTRIBUTIONS;
export const OSES = Object.keys(DISTRIBUTIONS) as Os[];

export function osNamed(name: string): Os {
  if (name in DISTRIBUTIONS) return name as Os;
  throw new HxError({
    code: 'usage',
    message: `the lab has no distribution "${name}"`,
    hint: `It knows: ${OSES.join(', ')}`,
  });
}

/** What every lab host has: a plain server on which Python, sudo and sshd are there, and nothing of ours. */
export const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'libpam-systemd', 'openssh-server', 'sudo', 'apt', 'nftables'],
  ...['python3', 'python3-venv', 'curl', 'ca-certificates', 'iproute2', 'procps'],
] as const;
