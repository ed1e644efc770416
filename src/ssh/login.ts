// One attempt to connect: socket, handshake, host key and login within one deadline.
import type { Duplex } from 'node:stream';
import { type HxError, messageOf } from '../errors.js';
import { credentialsOf } from './auth.js';
import type { Client } from './client.js';
import type { Settings } from './config.js';
import { type Dial, failure } from './failures.js';
import { hostKeysOf } from './host-key.js';
import { algorithmOrder } from './known-hosts.js';
import { openSocket } from './socket.js';
import type { ConnectOptions, Target } from './types.js';

/** The jump host in front. */
interface Via {
  client: Client;
  settings: Settings;
}

/** sshd ended the connection before the handshake: usually MaxStartups, which is no verdict on the host. */
export class Dropped extends Error {
  constructor(readonly why: HxError) {
    super(why.message);
  }
}

export async function login(
  client: Client,
  target: Target,
  settings: Settings,
  via: Via | undefined,
  options: ConnectOptions,
): Promise<void> {
  const { signal, trace, timeoutMs = 10_000 } = options;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error('deadline')), timeoutMs);
  const abort = () => limit.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  const dial: Dial = {
    name: target.name,
    settings,
    phase: 'connect',
    timeoutMs,
    keys: [],
    tried: client.tried,
    via: via?.settings.host,
  };
  let sock: Duplex | undefined;
  const work = async () => {
    const [hostKeys, credentials] = await Promise.all([
      hostKeysOf(target.name, settings, trace),
      credentialsOf(settings, target.identities !== undefined, target.password),
    ]);
    dial.keys = credentials.keys;
    sock = via
      ? await via.client.forward(settings.host, settings.port)
      : await openSocket(settings, limit.signal);
    if (limit.signal.aborted) return void sock.destroy();
    dial.phase = 'handshake';
    await client.connect({
      sock,
      user: settings.user,
      agent: settings.agent,
      attempts: credentials.attempts,
      hostKeyAlgorithms: algorithmOrder(hostKeys.known, settings.hostKeyAlgorithms),
      verify: hostKeys.check,
      ...(trace ? { trace } : {}),
    });
  };
  const aborted = new Promise<never>((_, reject) => {
    const stop = () => reject(limit.signal.reason);
    if (limit.signal.aborted) stop();
    limit.signal.addEventListener('abort', stop, { once: true });
  });
  const working = work();
  try {
    await Promise.race([working, aborted]);
  } catch (error) {
    working.catch(() => {});
    client.close();
    sock?.destroy();
    if (signal?.aborted) throw signal.reason;
    if (client.greeted) dial.phase = 'login';
    const why = failure(error, dial);
    if (dial.phase !== 'login' && /before handshake|ECONNRESET|EPIPE/.test(messageOf(error)))
      throw new Dropped(why);
    throw why;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
