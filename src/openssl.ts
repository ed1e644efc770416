// What openssl on the control node makes: an authority of one's own, and certificates of it. Keys go through pipes, never into files.
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HxError } from './errors.js';
import { Secret } from './secret.js';

export interface Authority {
  /** PEM. */
  certificate: string;
  key: Secret;
}

/** A new private key in PEM: P-256, which every client knows. */
export function newKey(): Secret {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

/** Its certificate in PEM. Throws HxError `usage` without openssl. */
export function makeAuthority(key: Secret, name: string, days: number): string {
  return inFolder((folder) => {
    openssl(folder, key, [
      ...['req', '-x509', '-new', '-config', 'empty', '-key', '/dev/stdin', '-subj', `/CN=${name}`],
      ...['-days', String(days), '-out', 'made'],
      ...['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0'],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
      ...['-addext', 'subjectKeyIdentifier=hash'],
    ]);
    return readFileSync(join(folder, 'made'), 'utf8');
  });
}

/** A server's certificate in PEM for these names and addresses. */
export function issue(
  { certificate, key: own }: Authority,
  key: Secret,
  names: readonly string[],
  days: number,
): string {
  const alternatives = names.map((name) => `${isIP(name) ? 'IP' : 'DNS'}:${name}`).join(',');
  return inFolder((folder) => {
    writeFileSync(join(folder, 'authority'), certificate);
    openssl(folder, key, [
      ...['req', '-new', '-config', 'empty', '-key', '/dev/stdin', '-subj', '/CN=hxllm', '-out', 'request'],
      ...['-addext', `subjectAltName=${alternatives}`],
      ...['-addext', 'basicConstraints=critical,CA:FALSE'],
      ...['-addext', 'keyUsage=critical,digitalSignature'],
      ...['-addext', 'extendedKeyUsage=serverAuth'],
    ]);
    openssl(folder, own, [
      ...['x509', '-req', '-in', 'request', '-CA', 'authority', '-CAkey', '/dev/stdin', '-out', 'made'],
      ...['-days', String(days), '-copy_extensions', 'copyall'],
      ...['-set_serial', `0x${randomBytes(15).toString('hex')}1`],
    ]);
    return readFileSync(join(folder, 'made'), 'utf8');
  });
}

function openssl(folder: string, key: Secret, args: readonly string[]): void {
  // a key that comes through a pipe can be opened by its name, one through Node's socket cannot
  const { status, stderr } = spawnSync('sh', ['-c', 'cat | openssl "$@"', 'sh', ...args], {
    cwd: folder,
    input: key.reveal(),
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (status === 0) return;
  throw new HxError({
    code: 'usage',
    message:
      status === 127 ? 'openssl is not installed here' : `openssl ${args[0]}: ${(stderr ?? '').trim()}`,
    hint: 'install openssl 3 or newer on this machine: apt install openssl',
  });
}

function inFolder(work: (folder: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hxllm-certificate-'));
  try {
    // the distribution's configuration would add extensions of its own
    writeFileSync(join(folder, 'empty'), '[req]\ndistinguished_name=dn\n[dn]\n');
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
