// The files that make a host out of a distribution's root: its name, network, keys and this machine's access to the world.
import { DISTRIBUTIONS, type Os } from './distributions.js';
import { fqdn, HOSTS, type LabHost } from './hosts.js';
import { type Mirror, sources } from './mirror.js';
import { MARK } from './paths.js';
import { subnet } from './state.js';

/** What this machine lends its hosts. */
export interface Outer {
  resolvConf: string;
  /** All certificates it trusts, and those of them that Debian does not ship. */
  certificates: string;
  ownCertificates: string[];
  pipConf: string;
  /** `name=value` lines: proxies. */
  environment: string;
  mirror: Mirror;
}

export interface Furnishing {
  lab: string;
  host: LabHost;
  os: Os;
  octet: number;
  mtu: number;
  loginKey: string;
  hostKey: { secret: string; public: string };
  outer: Outer;
}

export interface HostFile {
  path: string;
  content: string;
  mode?: number;
  /** Owner and group. */
  owner?: number;
}

const network = ({ octet, host, mtu }: Furnishing) => `[Match]
Name=host0
[Link]
MTUBytes=${mtu}
[Network]
Address=${subnet(octet)}.${host.octet}/24
Gateway=${subnet(octet)}.1
LinkLocalAddressing=no
IPv6AcceptRA=no
`;

// 127.0.1.1 as Debian's installer writes it: sudo complains about a host that does not know its own name
const hosts = ({ octet, host }: Furnishing) =>
  [
    '127.0.0.1 localhost',
    `127.0.1.1 ${fqdn(host)} ${host.short}`,
    ...HOSTS.filter((other) => other !== host).map(
      (other) => `${subnet(octet)}.${other.octet} ${fqdn(other)} ${other.short}`,
    ),
    '::1 localhost ip6-localhost ip6-loopback\n',
  ].join('\n');

/** Debian's hosts know themselves by the short name. */
export function hostFiles(wish: Furnishing): HostFile[] {
  const { outer, host } = wish;
  const homes = [
    { home: '/root', owner: 0 },
    { home: '/home/agent0', owner: 1000 },
    { home: '/home/agent1', owner: 1001 },
  ];
  return [
    { path: '/etc/hostname', content: `${host.short}\n` },
    { path: '/etc/hosts', content: hosts(wish) },
    // sorts before systemd's own 80-container-host0, which would ask for an address
    { path: '/etc/systemd/network/10-host0.network', content: network(wish) },
    { path: '/etc/resolv.conf', content: outer.resolvConf },
    { path: '/etc/ssl/certs/ca-certificates.crt', content: outer.certificates },
    // the bundle is made anew whenever a package touches it: then from these as well
    ...outer.ownCertificates.map((content, index) => ({
      path: `/usr/local/share/ca-certificates/hxllm-lab-${index}.crt`,
      content,
    })),
    {
      path: '/etc/apt/sources.list',
      content: `${sources(outer.mirror, DISTRIBUTIONS[wish.os]).join('\n')}\n`,
    },
    {
      path: '/etc/apt/apt.conf.d/99hxllm-lab',
      content: outer.mirror.options.map((line) => `${line}\n`).join(''),
    },
    ...(outer.pipConf ? [{ path: '/etc/pip.conf', content: outer.pipConf }] : []),
    ...(outer.environment ? [{ path: '/etc/environment', content: outer.environment }] : []),
    { path: '/etc/ssh/ssh_host_ed25519_key', content: wish.hostKey.secret, mode: 0o600 },
    { path: '/etc/ssh/ssh_host_ed25519_key.pub', content: wish.hostKey.public },
    ...homes.map(({ home, owner }) => ({
      path: `${home}/.ssh/authorized_keys`,
      content: `${wish.loginKey}\n`,
      mode: 0o600,
      owner,
    })),
    // last: a host without it is made anew
    { path: MARK, content: `${wish.lab}/${host.short}\n` },
  ];
}
