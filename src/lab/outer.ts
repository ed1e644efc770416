// Reads what this machine lends its hosts: names, certificates, pip's configuration, proxies, the mirror.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Outer } from './files.js';
import { readMirror } from './mirror.js';

const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** Certificates of a bundle that another one lacks. */
export function ownOf(bundle: string, shipped: string): string[] {
  const blocks = (text: string) =>
    text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n?/g) ?? [];
  const theirs = new Set(blocks(shipped).map((block) => block.trim()));
  return blocks(bundle).filter((block) => !theirs.has(block.trim()));
}

/** A resolver on the machine's own loopback is out of a host's reach; systemd-resolved keeps the real ones beside it. */
function resolvConf(): string {
  const own = read('/etc/resolv.conf');
  return /^nameserver 127\./m.test(own) ? read('/run/systemd/resolve/resolv.conf') || own : own;
}

/** pip's configuration for a host: the machine's file, or the same said from its environment. */
export function pipConf(files: string[], env: NodeJS.ProcessEnv): string {
  const file = files.map(read).find((text) => text.trim() !== '');
  if (file) return file;
  const keys = {
    'index-url': env.PIP_INDEX_URL,
    'extra-index-url': env.PIP_EXTRA_INDEX_URL,
    cert: env.PIP_CERT,
  };
  const lines = Object.entries(keys).flatMap(([key, value]) => (value ? [`${key} = ${value}\n`] : []));
  return lines.length > 0 ? `[global]\n${lines.join('')}` : '';
}

function proxies(env: NodeJS.ProcessEnv): string {
  const names = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  return names.flatMap((name) => (env[name] ? [`${name}=${env[name]}\n`] : [])).join('');
}

export async function readOuter(root: string, env: NodeJS.ProcessEnv = process.env): Promise<Outer> {
  const certificates = read(BUNDLE);
  const home = homedir();
  const pip = [
    env.PIP_CONFIG_FILE ?? '',
    join(home, '.config/pip/pip.conf'),
    join(home, '.pip/pip.conf'),
    '/etc/pip.conf',
  ];
  return {
    resolvConf: resolvConf(),
    certificates,
    ownCertificates: ownOf(certificates, read(join(root, BUNDLE))),
    pipConf: pipConf(pip, env),
    environment: proxies(env),
    mirror: await readMirror(),
  };
}
