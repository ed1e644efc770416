// Decides about the key that a host presents: known, accepted as new, or refused with the way out.
import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HxError, messageOf } from '../errors.js';
import { quote } from '../shell.js';
import type { Settings } from './config.js';
import { fingerprint, judge, type KnownKey, keysFor, keyType, knownLine, knownName } from './known-hosts.js';
import type { Texts } from './texts.js';

export interface HostKeys {
  /** The keys on record for this host. */
  known: KnownKey[];
  /** Resolves when the key may be used, else throws HxError `host-key`. */
  check(key: Buffer): Promise<void>;
}

export async function hostKeysOf(
  name: string,
  settings: Settings,
  texts: Texts,
  trace?: (line: string) => void,
): Promise<HostKeys> {
  const files = [...settings.userKnownHosts, ...settings.globalKnownHosts];
  const read = await Promise.all(files.map((file) => texts.read(file).catch(() => '')));
  const find = (id: string) => files.flatMap((file, index) => keysFor(id, read[index] as string, file));
  const { host, port, hostKeyAlias } = settings;
  const id = hostKeyAlias?.toLowerCase() ?? knownName(host, port);
  const own = find(id);
  // OpenSSH also takes a key that it knows for the same host on port 22, but never calls that one changed
  const bare = hostKeyAlias === undefined && port !== 22 ? find(host.toLowerCase()) : [];

  const check = async (key: Buffer): Promise<void> => {
    const verdict = judge(key, own);
    if (verdict.is === 'known') return;
    if (verdict.is === 'unknown' && judge(key, bare).is === 'known') return;
    const shown = `${keyType(key)} ${fingerprint(key)}`;
    if (verdict.is === 'unknown' && settings.acceptNew) {
      await add(id, key, settings, texts, trace);
      trace?.(`${name}: accepted the new host key of ${id}: ${shown}`);
      return;
    }
    if (verdict.is === 'unknown') throw unknown(name, id, key, settings);
    throw new HxError({
      code: 'host-key',
      where: name,
      message:
        verdict.is === 'revoked'
          ? `the host key of ${id} is revoked (${verdict.by.where}): ${shown}`
          : verdict.sameType
            ? `the host key of ${id} has CHANGED: it is now ${shown}, but ${verdict.by.where} has another one`
            : `${id} shows a key of another type than the known ${verdict.by.type} (${verdict.by.where}): ${shown}`,
      hint: [
        'somebody may be in between, or the host was installed anew: compare the fingerprint on the host with',
        `  ssh-keygen -lf /etc/ssh/${keyFile(key)}`,
        `only if it is the same, forget the old key: ssh-keygen -f ${quote(fileOf(verdict.by))} -R ${quote(id)}`,
      ],
    });
  };
  return { known: own, check };
}

function unknown(name: string, id: string, key: Buffer, settings: Settings): HxError {
  const file = settings.userKnownHosts[0];
  return new HxError({
    code: 'host-key',
    where: name,
    message: `the host key of ${id} is not known: ${keyType(key)} ${fingerprint(key)}`,
    hint: [
      `compare it on the host: ssh-keygen -lf /etc/ssh/${keyFile(key)}`,
      // this very key, not whatever a later ssh-keyscan would fetch
      `then accept it: echo ${quote(knownLine(id, key).trim())} >> ${quote(file ?? '~/.ssh/known_hosts')}`,
      `or log in once and say yes: ssh -p ${settings.port} ${quote(settings.user)}@${quote(settings.host)}`,
    ],
  });
}

function keyFile(key: Buffer): string {
  const type = keyType(key)
    .replace(/^ssh-/, '')
    .replace(/^ecdsa-.*/, 'ecdsa');
  return `ssh_host_${type}_key.pub`;
}

function fileOf(key: KnownKey): string {
  return key.where.slice(0, key.where.lastIndexOf(':'));
}

async function add(
  id: string,
  key: Buffer,
  settings: Settings,
  texts: Texts,
  trace?: (line: string) => void,
): Promise<void> {
  const file = settings.userKnownHosts[0];
  if (file === undefined || file === '/dev/null') return;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const text = await readFile(file, 'utf8').catch(() => '');
    const line = knownLine(id, key, settings.hashKnownHosts ? randomBytes(20) : undefined);
    await appendFile(file, (text === '' || text.endsWith('\n') ? '' : '\n') + line, { mode: 0o600 });
    texts.forget(file);
  } catch (error) {
    // as OpenSSH: the connection goes on, the next one asks again
    trace?.(`cannot add the host key to ${file}: ${messageOf(error)}`);
  }
}
