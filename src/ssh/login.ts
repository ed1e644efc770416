// One attempt to connect: socket, handshake, host key and login within one deadline.
import type { Duplex } from 'node:stream';
import { type HxError, messageOf } from '../errors.js';
import { turn } from '../retry.js';
import { credentialsOf } from './auth.js';
import type { Client } from './client.js';
import type { Settings } from './config.js';
import { type Dial, failure } from './failures.js';
import { hostKeysOf } from './host-key.js';
import { algorithmOrder } from './known-hosts.js';
import { openSocket } from './socket.js';
import type { Texts } from './texts.js';
import type { ConnectOptions, Target } from './types.js';

/** The jump host in front. */
interface Via {
  client: Client;
  settings: Settings;
}

/** The last one is ssh's own word for it, where that is the ProxyCommand. */
const DROPPED = /before handshake|ECONNRESET|EPIPE|kex_exchange_identification/;

/** sshd ended the connection before the handshake: usually MaxStartups, which is no verdict on the host. */
export class Dropped extends Error {
  constructor(readonly why: HxError) {
    super(why.message);
  }
}

export async function login(
  target: Target,
  settings: Settings,
  via: Via | undefined,
  options: ConnectOptions & { texts: Texts },
): Promise<Client> {
  const { signal, texts, trace, timeoutMs = 10_000 } = options;
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
    tried: { labels: [], offered: undefined },
    via: via?.settings.host,
  };
  let sock: Duplex | undefined;
  let client: Client | undefined;
  const open = async () => {
    sock = await (via
      ? via.client.forward(settings.host, settings.port)
      : openSocket(settings, limit.signal));
    if (limit.signal.aborted) sock.destroy();
    return sock;
  };
  const work = async (): Promise<Client> => {
    // side by side: node-ssh takes longer to load than a near host to answer, once it was called
    const [opened, { Client }, hostKeys, credentials] = await Promise.all([
      open(),
      turn().then(() => import('./client.js')),
      hostKeysOf(target.name, settings, texts, trace),
      credentialsOf(settings, target.identities !== undefined, target.password, texts),
    ]);
    limit.signal.throwIfAborted();
    dial.phase = 'handshake';
    // ended while node-ssh was loading: ssh2 would wait for events that are over
    if (opened.destroyed || opened.readableEnded) {
      throw opened.errored ?? new Error('Connection lost before handshake');
    }
    client = new Client();
    Object.assign(dial, { keys: credentials.keys, tried: client.tried });
    await client.connect({
      sock: opened,
      user: settings.user,
      agent: settings.agent,
      attempts: credentials.attempts,
      hostKeyAlgorithms: algorithmOrder(hostKeys.known, settings.hostKeyAlgorithms),
      verify: hostKeys.check,
      ...(trace ? { trace } : {}),
    });
    return client;
  };
  const aborted = new Promise<never>((_, reject) => {
    const stop = () => reject(limit.signal.reason);
    if (limit.signal.aborted) stop();
    limit.signal.addEventListener('abort', stop, { once: true });
  });
  const working = work();
  try {
    return await Promise.race([working, aborted]);
  } catch (error) {
    working.catch(() => {});
    client?.close();
    sock?.destroy();
    if (signal?.aborted) throw signal.reason;
    if (client?.greeted) dial.phase = 'login';
    const why = failure(error, dial);
    if (dial.phase !== 'login' && DROPPED.test(messageOf(error))) throw new Dropped(why);
    throw why;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
