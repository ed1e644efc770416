// Connects to a host: configuration, jump hosts, socket, host key, login, each with its own clear failure.
import type { Duplex } from 'node:stream';
import { HxError, messageOf } from '../errors.js';
import { sleep } from '../retry.js';
import { credentialsOf } from './auth.js';
import type { Client } from './client.js';
import { type Settings, settingsOf } from './config.js';
import { type Dial, failure } from './failures.js';
import { hostKeysOf } from './host-key.js';
import { algorithmOrder } from './known-hosts.js';
import { sessionOf } from './session.js';
import { Slots } from './slots.js';
import { openSocket } from './socket.js';
import type { ConnectOptions, Session, Target } from './types.js';

const DROPPED = 5;
const JUMPS = 8;

/** An open connection and the jump hosts under it. */
interface Way {
  client: Client;
  settings: Settings;
  close(): void;
}

export async function connect(target: Target, options: ConnectOptions = {}): Promise<Session> {
  const way = await reach(target, options, 0);
  const { client, settings } = way;
  const place = {
    name: target.name,
    client,
    slots: new Slots(4), // sshd's MaxSessions is 10, but it frees slots late (facts/libraries.md 0.7)
    user: settings.user,
    sudo: target.become === 'sudo' && settings.user !== 'root',
    // without an own one the login's, as Ansible's -K proposes
    password: target.becomePassword ?? target.password,
  };
  return sessionOf(place, () => way.close(), options.trace);
}

async function reach(target: Target, options: ConnectOptions, depth: number): Promise<Way> {
  const loading = import('./client.js'); // while ssh -G and the socket are under way
  const settings = await settingsOf(target, options.signal);
  const via = await jump(target, settings, options, depth);
  try {
    for (let attempt = 1; ; attempt++) {
      const give = await options.dialer?.at(`${settings.host}:${settings.port}`).take();
      try {
        const client = new (await loading).Client();
        await login(client, target, settings, via, options);
        options.trace?.(
          `${target.name}: connected to ${settings.user}@${settings.host} port ${settings.port}`,
        );
        const close = () => {
          client.close();
          via?.close();
        };
        return { client, settings, close };
      } catch (error) {
        if (!(error instanceof Dropped)) throw error;
        if (attempt === DROPPED) throw error.why;
      } finally {
        give?.();
      }
      // apart from each other, so that the next round does not meet the same limit
      await sleep(attempt * (100 + Math.random() * 300), options.signal);
    }
  } catch (error) {
    via?.close();
    throw error;
  }
}

/** sshd ended the connection before the handshake: usually MaxStartups, which is no verdict on the host. */
class Dropped extends Error {
  constructor(readonly why: HxError) {
    super(why.message);
  }
}

async function login(
  client: Client,
  target: Target,
  settings: Settings,
  via: Way | undefined,
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
    offered: undefined,
    via: via?.settings.host,
  };
  let sock: Duplex | undefined;
  const work = async () => {
    const [hostKeys, credentials] = await Promise.all([
      hostKeysOf(target.name, settings, trace),
      credentialsOf(settings, target.identities ?? [], target.password),
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
    dial.offered = client.offered;
    const why = failure(error, dial);
    if (dial.phase !== 'login' && /before handshake|ECONNRESET|EPIPE/.test(messageOf(error)))
      throw new Dropped(why);
    throw why;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** `-J a,b`: b is reached through a; OpenSSH gives a hop only the user's configuration, not the target's options. */
async function jump(
  target: Target,
  settings: Settings,
  options: ConnectOptions,
  depth: number,
): Promise<Way | undefined> {
  if (settings.proxyJump === undefined) return undefined;
  if (depth === JUMPS) {
    throw new HxError({ code: 'config', where: target.name, message: 'ProxyJump leads in a circle' });
  }
  const hops = settings.proxyJump.split(',');
  const last = hops.pop() as string;
  const [, user, host = '', port] =
    /^(?:ssh:\/\/)?(?:(.+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?\/?$/.exec(last) ?? [];
  const hop: Target = {
    name: `${target.name} (jump host ${last})`,
    address: host.replace(/^\[|\]$/g, ''),
    become: 'none',
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
    sshArgs: [...configFile(target.sshArgs ?? []), ...(hops.length > 0 ? ['-J', hops.join(',')] : [])],
  };
  return reach(hop, options, depth + 1);
}

function configFile(words: string[]): string[] {
  const index = words.findIndex((word) => word.startsWith('-F'));
  if (index < 0) return [];
  return words[index] === '-F' ? words.slice(index, index + 2) : [words[index] as string];
}
