// A key file is proven in one exchange instead of two, and read once for all hosts.
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';

/** The part of ssh2's parsed key that is used here. */
interface Key {
  type: string;
  isPrivateKey(): boolean;
  getPrivatePEM(): string;
}

type Prove = (data: Buffer, done: (signature: Buffer) => void) => void;

/** The part of ssh2's protocol that is used here: without `prove` it only asks whether the host takes the key. */
export interface Protocol {
  authPK(user: string, key: Key, algorithm: string | undefined, prove?: Prove): void;
}

/** By the signature's algorithm, or the key's type where ssh2 names none; ed25519 has its own (RFC 4253, 5656, 8332). */
const HASHES: Record<string, string> = {
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
  'ssh-rsa': 'sha1',
  'ssh-dss': 'sha1',
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
};

/** Reading one takes OpenSSL ten times as long as signing with it. */
const read = new Map<string, KeyObject>();

/**
 * ssh2 asks first whether a host takes a key, which saves nobody a signature that costs anything: the question is left
 * out (RFC 4252, 7, allows it). Keys of an agent are still asked about: their signature may need a touch or a person.
 */
export function proveAtOnce(protocol: Protocol): void {
  const authenticate = protocol.authPK.bind(protocol);
  protocol.authPK = (user, key, algorithm, prove) =>
    authenticate(user, key, algorithm, prove ?? (key.isPrivateKey() ? prover(key, algorithm) : undefined));
}

function prover(key: Key, algorithm: string | undefined): Prove {
  const pem = key.getPrivatePEM();
  const own = read.get(pem) ?? createPrivateKey(pem);
  read.set(pem, own);
  return (data, done) => done(sign(HASHES[algorithm ?? key.type], data, own));
}
