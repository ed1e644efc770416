// known_hosts files: which keys are known for a host, and what a presented key is then. Pure.
import { createHash, createHmac } from 'node:crypto';

export interface KnownKey {
  type: string;
  /** base64, as in the file. */
  key: string;
  revoked: boolean;
  /** `file:line`. */
  where: string;
}

export type Verdict =
  | { is: 'known' }
  | { is: 'unknown' }
  | { is: 'revoked'; by: KnownKey }
  /** Another key of the same type, or only keys of other types, are on record. */
  | { is: 'changed'; by: KnownKey; sameType: boolean };

/** The name under which a host is kept: `host`, or `[host]:port`. */
export function knownName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** The keys of one file that count for a name. `@cert-authority` lines are left out: ssh2 does no host certificates. */
export function keysFor(name: string, text: string, file: string): KnownKey[] {
  const keys: KnownKey[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const words = line.split(/\s+/);
    const marker = line.startsWith('@') ? words.shift() : undefined;
    const [patterns, type, key] = words;
    if (patterns === undefined || type === undefined || key === undefined) continue;
    if (marker !== undefined && marker !== '@revoked') continue;
    if (!matches(name, patterns)) continue;
    keys.push({ type, key, revoked: marker === '@revoked', where: `${file}:${index + 1}` });
  }
  return keys;
}

function matches(name: string, patterns: string): boolean {
  if (patterns.startsWith('|1|')) {
    const [, , salt = '', hash = ''] = patterns.split('|');
    return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
  }
  return matchesPattern(name, patterns.toLowerCase().split(','));
}

/** OpenSSH's patterns: `*`, `?`, and `!` takes a name out whatever else matches. */
export function matchesPattern(name: string, patterns: string[]): boolean {
  let found = false;
  for (const pattern of patterns) {
    const negated = pattern.startsWith('!');
    const body = negated ? pattern.slice(1) : pattern;
    const expression = body
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    if (!new RegExp(`^${expression}$`).test(name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

/** What a presented key is, given the keys on record. */
export function judge(presented: Buffer, known: KnownKey[]): Verdict {
  const type = keyType(presented);
  const key = presented.toString('base64');
  const revoked = known.find((k) => k.revoked && k.key === key);
  if (revoked) return { is: 'revoked', by: revoked };
  const valid = known.filter((k) => !k.revoked);
  if (valid.some((k) => k.type === type && k.key === key)) return { is: 'known' };
  const same = valid.find((k) => k.type === type);
  if (same) return { is: 'changed', by: same, sameType: true };
  const other = valid[0];
  return other ? { is: 'changed', by: other, sameType: false } : { is: 'unknown' };
}

/** The type is the first string of a public key's wire form. */
export function keyType(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('ascii');
}

/** As `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** ssh2's order is fixed, so a host known by its ECDSA key would look unknown: the types on record go first, as OpenSSH does it. */
export function algorithmOrder(known: KnownKey[], allowed: string[] | undefined): string[] {
  const algorithms = [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ].filter((algorithm) => allowed?.includes(algorithm) ?? true);
  const types = new Set(known.filter((k) => !k.revoked).map((k) => k.type));
  const isKnown = (algorithm: string) => types.has(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  return [...algorithms.filter(isKnown), ...algorithms.filter((a) => !isKnown(a))];
}

/** A new line for a known_hosts file, its name hashed when the user wants that. */
export function knownLine(name: string, key: Buffer, salt?: Buffer): string {
  const shown = salt
    ? `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
    : name;
  return `${shown} ${keyType(key)} ${key.toString('base64')}\n`;
}
