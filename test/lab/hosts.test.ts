// The lab's tables and what is decided from them: hosts, distributions, subnets, files.
import { describe, expect, test } from 'vitest';
import { cacheDir } from '../../src/cache-dir.js';
import { DISTRIBUTIONS, OSES, osNamed } from '../../src/lab/distributions.js';
import { hostFiles } from '../../src/lab/files.js';
import { fqdn, HOSTS, labHost } from '../../src/lab/hosts.js';
import { powerScript } from '../../src/lab/machine.js';
import { mirrorOf, sources } from '../../src/lab/mirror.js';
import { rules, takenOctets } from '../../src/lab/network.js';
import { ownOf, pipConf } from '../../src/lab/outer.js';
import { labPaths } from '../../src/lab/paths.js';
import { mmdebstrapArgs, rootKey } from '../../src/lab/rootfs.js';
import { sshArgs } from '../../src/lab/ssh.js';
import { type LabState, machineOf } from '../../src/lab/state.js';
import { mergeHosts, wishedHosts } from '../../src/lab/up.js';

const MIRROR = { main: 'http://mirror/debian/', security: 'http://mirror/security/', options: [] };
const STATE: LabState = {
  schema: 1,
  name: 'lab',
  octet: 254,
  mtu: 1400,
  hosts: wishedHosts({ hosts: [], os: 'bookworm' }, 254),
};

describe('hosts', () => {
  test('are the guide’s', () => {
    expect(HOSTS.filter((host) => host.usual).map((host) => `${fqdn(host)} [${host.group}]`)).toEqual([
      'hx-api-server.dev-test.hana-x.ai [litellm]',
      'hx-llm01-server.dev-test.hana-x.ai [llm]',
      'hx-llm02-server.dev-test.hana-x.ai [llm]',
      'hx-webui-server.dev-test.hana-x.ai [webui]',
    ]);
  });

  test('have interface names of at most 15 characters, and no two an address', () => {
    for (const host of HOSTS) expect(`vb-${machineOf({ octet: 254 }, host.machine)}`.length).toBeLessThan(16);
    expect(new Set(HOSTS.map((host) => host.octet)).size).toBe(HOSTS.length);
  });

  test('are found by short and full name; any other is a usage error that lists them', () => {
    expect(labHost('hx-llm01-server.dev-test.hana-x.ai')).toBe(labHost('hx-llm01-server'));
    expect(() => labHost('hx-llm99-server')).toThrow(
      expect.objectContaining({ code: 'usage', suggestions: [expect.stringContaining('hx-llm01-server')] }),
    );
    expect(() => osNamed('sarge')).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  test.each([
    ['nothing wished', { hosts: [] }, ['api bookworm', 'llm01 bookworm', 'llm02 bookworm', 'webui bookworm']],
    [
      'another distribution',
      { hosts: [], os: 'trixie' as const },
      ['api trixie', 'llm01 trixie', 'llm02 trixie', 'webui trixie'],
    ],
    [
      'one host on another',
      { hosts: [{ name: 'hx-llm02-server', os: 'trixie' as const }, { name: 'hx-api-server' }] },
      ['api bookworm', 'llm02 trixie'],
    ],
  ])('%s', (_, wish, wanted) => {
    const seen = wishedHosts(wish, 7).map((host) => `${labHost(host.short).machine} ${host.os}`);
    expect(seen).toEqual(wanted);
  });

  test('a host that is there keeps its distribution, new ones are added', () => {
    const have = STATE.hosts.slice(0, 1);
    const more = mergeHosts(have, { hosts: [{ name: 'hx-llm03-server' }] }, 254);
    expect(more.map((host) => host.short)).toEqual(['hx-api-server', 'hx-llm03-server']);
    expect(mergeHosts(have, { hosts: [] }, 254)).toEqual(have);
    expect(() => mergeHosts(have, { hosts: [], os: 'trixie' }, 254)).toThrow('is bookworm, not trixie');
  });
});

describe('the machine’s things', () => {
  test('Debian’s repositories are picked among others', () => {
    const targets = [
      'Node Source|Node Source|https://deb.nodesource.com/node_20.x/',
      'Debian|Debian|http://mirror/debian/',
      'Debian|Debian-Security|http://mirror/security/',
    ];
    const config = 'Acquire::http::Proxy "http://proxy:3128";\nAPT::Architecture "amd64";';
    const mirror = mirrorOf(targets.join('\n'), config);
    expect(mirror).toEqual({ ...MIRROR, options: ['Acquire::http::Proxy "http://proxy:3128";'] });
    expect(sources(mirror, DISTRIBUTIONS.trixie).map((line) => line.split('] ')[1])).toEqual([
      'http://mirror/debian/ trixie main',
      'http://mirror/debian/ trixie-updates main',
      'http://mirror/security/ trixie-security main',
    ]);
    expect(mirrorOf('', '').main).toBe('http://deb.debian.org/debian/');
  });

  test('only certificates that Debian lacks are its own', () => {
    const block = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
    expect(ownOf(block('a') + block('b') + block('c'), block('b') + block('a'))).toEqual([block('c')]);
  });

  test('pip is told what the environment says when there is no file', () => {
    const env = { PIP_INDEX_URL: 'https://index/simple', PIP_CERT: '/etc/ssl/certs/ca-certificates.crt' };
    expect(pipConf(['/nowhere'], env)).toBe(
      '[global]\nindex-url = https://index/simple\ncert = /etc/ssl/certs/ca-certificates.crt\n',
    );
    expect(pipConf([], {})).toBe('');
  });

  test('subnets in use by addresses and routes are seen', () => {
    const taken = takenOctets(['10.88.3.1', '10.88.7.0/24', 'default', '10.8.9.1', 'fe80::1']);
    expect([...taken]).toEqual([3, 7]);
  });

  test('the cache is where the user says', () => {
    expect(cacheDir({ HXLLM_CACHE: '/c', XDG_CACHE_HOME: '/x' })).toBe('/c');
    expect(cacheDir({ XDG_CACHE_HOME: '/x' })).toBe('/x/hxllm');
    expect(cacheDir({})).toMatch(/\/\.cache\/hxllm$/);
  });

  test('a name that is a path is refused', () => {
    expect(() => labPaths('../etc')).toThrow(expect.objectContaining({ code: 'usage' }));
  });
});

describe('a host’s making', () => {
  const outer = {
    resolvConf: 'nameserver 9.9.9.9\n',
    certificates: 'ALL',
    ownCertificates: ['OWN'],
    pipConf: '',
    environment: '',
    mirror: MIRROR,
  };
  const files = hostFiles({
    ...{ lab: 'lab', host: labHost('hx-api-server'), os: 'bookworm', octet: 4, mtu: 1400, outer },
    ...{ loginKey: 'ssh-ed25519 LOGIN', hostKey: { secret: 'SECRET', public: 'PUBLIC' } },
  });
  const content = (path: string) => files.find((file) => file.path === path)?.content;

  test('it knows itself and all others', () => {
    expect(content('/etc/hostname')).toBe('hx-api-server\n');
    expect(content('/etc/hosts')).toContain('127.0.1.1 hx-api-server.dev-test.hana-x.ai hx-api-server\n');
    expect(content('/etc/hosts')).toContain(
      '10.88.4.21 hx-llm01-server.dev-test.hana-x.ai hx-llm01-server\n',
    );
    expect(content('/etc/hosts')).not.toContain('10.88.4.11');
  });

  test('its network has the outer MTU and sorts before systemd’s own', () => {
    const path = '/etc/systemd/network/10-host0.network';
    expect(content(path)).toMatch(
      /MTUBytes=1400[\s\S]*Address=10\.88\.4\.11\/24[\s\S]*Gateway=10\.88\.4\.1\n/,
    );
  });

  test('secrets are the owner’s alone', () => {
    const own = files.filter((file) => file.mode === 0o600).map((file) => `${file.path} ${file.owner ?? 0}`);
    expect(own).toEqual([
      '/etc/ssh/ssh_host_ed25519_key 0',
      '/root/.ssh/authorized_keys 0',
      '/home/agent0/.ssh/authorized_keys 1000',
      '/home/agent1/.ssh/authorized_keys 1001',
    ]);
  });

  test('the mark that it is whole comes last', () => {
    expect(files.at(-1)).toEqual({ path: '/etc/hxllm-lab', content: 'lab/hx-api-server\n' });
  });

  test('a root’s name changes with what it is made of', () => {
    expect(new Set(OSES.map(rootKey)).size).toBe(OSES.length);
    const args = mmdebstrapArgs('trixie', MIRROR, '/target', '/hook');
    expect(args).toContain('--dpkgopt=force-unsafe-io');
    expect(args.slice(args.indexOf('trixie'), args.indexOf('trixie') + 2)).toEqual(['trixie', '/target']);
  });

  test('its power switch starts it again after a reboot, and only then', () => {
    const script = powerScript(STATE, STATE.hosts[0]!);
    expect(script).toContain('-M hx254-api ');
    expect(script).toContain('--network-bridge=hxlab254');
    expect(script).toContain('[ $? = 133 ] || break');
  });

  test('each rule names the lab’s own bridge or subnet', () => {
    for (const rule of rules(STATE)) expect(rule.join(' ')).toMatch(/hxlab254|10\.88\.254\.0\/24/);
  });

  test('ssh uses the lab’s key and known hosts and nothing of the person’s', () => {
    const args = sshArgs(STATE, 'hx-api-server', 'agent0').join(' ');
    expect(args).toMatch(/^-F none -i \S+\/lab\/id_ed25519 /);
    expect(args).toContain('StrictHostKeyChecking=yes');
    expect(args).toMatch(/-l agent0 10\.88\.254\.11$/);
    expect(() => sshArgs(STATE, 'hx-llm03-server', 'root')).toThrow('lab lab has no hx-llm03-server');
  });
});
