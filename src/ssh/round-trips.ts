// Round trips, waits and signatures that ssh2 takes and the protocol does not ask for (docs/traps.md, ssh).
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';

/** The part of ssh2's parsed key that is used here. */
interface Key {
  type: string;
  isPrivateKey(): boolean;
  getPrivatePEM(): string;
}

type Prove = (data: Buffer, done: (signature: Buffer) => void) => void;

interface Handlers {
  EXT_INFO(protocol: Protocol, infos: unknown): void;
  SERVICE_ACCEPT(protocol: Protocol, name: string): void;
  GLOBAL_REQUEST(protocol: Protocol, name: string, wantsReply: boolean, data: Buffer): void;
}

interface Protocol {
  _handlers: Handlers;
  /** Without `prove` it only asks whether the host takes the key. */
  authPK(user: string, key: Key, algorithm: string | undefined, prove?: Prove): void;
  _packetRW: {
    write: { allocStart: number; alloc(payload: number): Buffer; finalize(packet: Buffer): Buffer };
  };
  _cipher: { encrypt(packet: Buffer): void };
}

/** The part of ssh2's client that is used here. */
export interface Connection {
  /** The software of the other side, as it named itself. */
  _remoteVer: string;
  _protocol: Protocol;
  once(event: 'handshake', listener: () => void): void;
  emit(event: 'error', error: unknown): void;
}

/** Of a connection that has just been begun. */
export function spareRoundTrips(connection: Connection): void {
  logInAtOnce(connection);
  proveAtOnce(connection._protocol);
  acknowledgeHostKeys(connection._protocol);
}

/**
 * The login goes out behind the request for it, since sshd reads one after the other; what signatures it takes must have
 * come before, which ssh2 may learn before or after the keys are in use.
 */
function logInAtOnce(connection: Connection): void {
  const { _handlers: handlers } = connection._protocol;
  const { EXT_INFO, SERVICE_ACCEPT } = handlers;
  const missing = new Set(['signatures', 'keys']);
  const here = (what: string) => {
    if (!missing.delete(what) || missing.size > 0) return;
    handlers.SERVICE_ACCEPT = () => {};
    try {
      SERVICE_ACCEPT(connection._protocol, 'ssh-userauth');
    } catch (error) {
      connection.emit('error', error); // as ssh2 does with what is thrown while it reads
    }
  };
  handlers.SERVICE_ACCEPT = (...service) => {
    missing.clear(); // a server that is late with its signatures
    SERVICE_ACCEPT(...service);
  };
  handlers.EXT_INFO = (...infos) => {
    EXT_INFO(...infos);
    here('signatures');
  };
  connection.once('handshake', () => {
    // ssh2 sends its request right behind this event
    if (connection._remoteVer.startsWith('OpenSSH_')) process.nextTick(here, 'keys');
  });
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

/** By their text: reading one takes OpenSSL ten times as long as signing with it. undefined = it cannot. */
const read = new Map<string, KeyObject | undefined>();

/**
 * ssh2 asks first whether a host takes a key, which saves nobody a signature that costs anything: the question is left
 * out (RFC 4252, 7, allows it). Keys of an agent are still asked about: their signature may need a touch or a person.
 */
function proveAtOnce(protocol: Protocol): void {
  const authenticate = protocol.authPK.bind(protocol);
  protocol.authPK = (user, key, algorithm, prove) =>
    authenticate(user, key, algorithm, prove ?? (key.isPrivateKey() ? prover(key, algorithm) : undefined));
}

/** undefined where it cannot be signed with: ssh2 finds out in its own way, and goes on with the next key. */
function prover(key: Key, algorithm: string | undefined): Prove | undefined {
  const pem = key.getPrivatePEM();
  const hash = HASHES[algorithm ?? key.type];
  if (!read.has(pem)) read.set(pem, readKey(pem, hash));
  const own = read.get(pem);
  return own && ((data, done) => done(sign(hash, data, own)));
}

function readKey(pem: string, hash: string | undefined): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem);
    sign(hash, Buffer.alloc(1), key);
    return key;
  } catch {
    return undefined;
  }
}

/** SSH_MSG_IGNORE with an empty string: no answer comes (RFC 4253, 11.2). */
const IGNORE = [2, 0, 0, 0, 0];

/**
 * After a login an OpenSSH tells its host keys. ssh2 has every one of them proven once more, a signature each, which
 * nobody asks for. Any answer lets the kernel acknowledge them, for which sshd's next words would wait 40 ms.
 */
function acknowledgeHostKeys(protocol: Protocol): void {
  const { _handlers: handlers } = protocol;
  const { GLOBAL_REQUEST } = handlers;
  handlers.GLOBAL_REQUEST = (...request) => {
    const [, name, wantsReply] = request;
    if (name === 'hostkeys-00@openssh.com' && !wantsReply) ignoreMe(protocol);
    else GLOBAL_REQUEST(...request);
  };
}

function ignoreMe({ _packetRW, _cipher }: Protocol): void {
  const packet = _packetRW.write.alloc(IGNORE.length);
  packet.set(IGNORE, _packetRW.write.allocStart);
  _cipher.encrypt(_packetRW.write.finalize(packet));
}
