// Connects to a host: its configuration, the jump hosts in front, and attempts until sshd has taken one.
import { userInfo } from 'node:os';
import { HxError } from '../errors.js';
import { sleep } from '../retry.js';
import type { Client } from './client.js';
import { type Settings, settingsOf } from './config.js';
import { hopOf } from './hop.js';
import { Local } from './local.js';
import { Dropped, login } from './login.js';
import { sessionOf } from './session.js';
import { Slots } from './slots.js';
import { Texts } from './texts.js';
import type { ConnectOptions, Session, Target } from './types.js';

const ATTEMPTS = 5;
const JUMPS = 8;

type Options = ConnectOptions & { texts: Texts };

/** An open connection and the jump hosts under it. */
interface Way {
  client: Client;
  settings: Settings;
  close(): void;
}

export async function connect(target: Target, options: ConnectOptions = {}): Promise<Session> {
  const { client, user, close } = target.local
    ? here()
    : await there(target, { texts: new Texts(), ...options });
  const place = {
    name: target.name,
    client,
    slots: new Slots(4), // sshd's MaxSessions is 10, but it frees slots late (docs/traps.md, ssh)
    user,
    sudo: target.become === 'sudo' && user !== 'root',
    // sudo asks for the user's own password, so the login's will do when no other is set
    password: target.becomePassword ?? target.password,
  };
  return sessionOf(place, close, options.trace);
}

function here() {
  return { client: new Local(), user: userInfo().username, close: () => {} };
}

/** What the ssh of a ProxyCommand says of a key or a password. */
const REFUSED = /Permission denied|Host key verification failed/;

/** Tries again when the host, or one in front of it, is not reached: never after a word of it about a key or a password. */
async function there(target: Target, options: Options) {
  for (let retry = 1; ; retry++) {
    try {
      const { client, settings, close } = await reach(target, options, 0);
      return { client, user: settings.user, close };
    } catch (error) {
      const isAway = error instanceof HxError && error.code === 'unreachable' && !REFUSED.test(error.message);
      if (!isAway || retry > (target.retries ?? 0)) throw error;
      options.trace?.(`${error.message}: tried again (${retry} of ${target.retries})`);
    }
    // 1, 3, 7 … s: as Ansible, but for its first, which does not wait
    await sleep(Math.min(2 ** retry - 1, 30) * 1000, options.signal);
  }
}

async function reach(target: Target, options: Options, depth: number): Promise<Way> {
  const settings = await settingsOf(target, options.texts, options.signal);
  const via = await jump(target, settings, options, depth);
  try {
    for (let attempt = 1; ; attempt++) {
      const give = await options.dialer?.at(doorOf(settings)).take();
      try {
        const client = await login(target, settings, via, options);
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
        if (attempt === ATTEMPTS) throw error.why;
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

/** Whose sshd is met first. All ProxyCommands share one: whether they lead through one bastion is not known. */
function doorOf({ host, port, proxyCommand }: Settings): string {
  return proxyCommand === undefined ? `${host}:${port}` : 'ProxyCommand';
}

async function jump(
  target: Target,
  settings: Settings,
  options: Options,
  depth: number,
): Promise<Way | undefined> {
  if (settings.proxyJump === undefined) return undefined;
  if (depth === JUMPS) {
    throw new HxError({ code: 'config', where: target.name, message: 'ProxyJump leads in a circle' });
  }
  return reach(hopOf(target, settings.proxyJump), options, depth + 1);
}
