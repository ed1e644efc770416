// The order in which the user is proven to a host, OpenSSH's: agent, key files, keyboard-interactive, password.
import type { Secret } from '../secret.js';
import type { Settings } from './config.js';
import { type KeyFile, readKeyFile } from './keys.js';
import type { Texts } from './texts.js';

/** One attempt; `label` is what an error says was tried. */
export type Attempt =
  | { type: 'agent'; label: string; accepts: string[]; only: boolean }
  | { type: 'publickey'; label: string; key: string }
  | { type: 'keyboard-interactive' | 'password'; label: string; password: string }
  | { type: 'none'; label: string };

export interface Credentials {
  attempts: Attempt[];
  keys: KeyFile[];
}

export async function credentialsOf(
  settings: Settings,
  /** Key files are named by the inventory: one that is missing is worth a word then. */
  explicit: boolean,
  password: Secret | undefined,
  texts: Texts,
): Promise<Credentials> {
  const keys = await Promise.all(settings.identities.map((path) => readKeyFile(path, texts)));
  const attempts: Attempt[] = [];
  if (settings.agent !== undefined) {
    const accepts = keys.flatMap((key) => key.publicKey ?? []);
    attempts.push({ type: 'agent', label: 'the agent', accepts, only: settings.identitiesOnly });
  }
  for (const key of keys) {
    if (key.text !== undefined) attempts.push({ type: 'publickey', label: key.path, key: key.text });
  }
  if (password !== undefined) {
    const plain = password.reveal();
    attempts.push({ type: 'keyboard-interactive', label: 'the password', password: plain });
    attempts.push({ type: 'password', label: 'the password', password: plain });
  }
  // asks the host which methods it has, and gets in where none is needed
  if (attempts.length === 0) attempts.push({ type: 'none', label: 'no key' });
  return { attempts, keys: keys.filter((key) => explicit || key.problem !== 'missing') };
}

/** What has been tried, and what the host said it takes: for the error when nothing of it was enough. */
export interface Tried {
  labels: string[];
  offered: readonly string[] | undefined;
}

/** ssh2's authHandler: gives the next attempt that the host still takes, in ssh2's form. */
export function authHandler(
  user: string,
  attempts: readonly Attempt[],
  tried: Tried,
  agentFor: (attempt: Attempt & { type: 'agent' }) => object | undefined,
): (methodsLeft: string[] | null) => object | false {
  const left = [...attempts];
  let answered = false;
  return (methodsLeft) => {
    if (methodsLeft !== null) tried.offered = methodsLeft;
    for (let attempt = left.shift(); attempt !== undefined; attempt = left.shift()) {
      const method = attempt.type === 'agent' ? 'publickey' : attempt.type;
      if (methodsLeft !== null && method !== 'none' && !methodsLeft.includes(method)) continue;
      // a wrong password counts once: hosts lock accounts
      if (attempt.type === 'password' && answered) continue;
      tried.labels.push(attempt.label);
      const { type } = attempt;
      if (type === 'agent') {
        const agent = agentFor(attempt);
        if (agent) return { type, username: user, agent };
      } else if (type === 'publickey') return { type, username: user, key: attempt.key };
      else if (type === 'none') return { type, username: user };
      else if (type === 'password') return { type, username: user, password: attempt.password };
      else {
        const { password } = attempt;
        const prompt = (
          _n: string,
          _i: string,
          _l: string,
          prompts: unknown[],
          finish: (a: string[]) => void,
        ) => {
          // a second question is a one-time code, or the same again: no answer to either
          finish(prompts.map((_, index) => (index === 0 && !answered ? password : '')));
          answered = true;
        };
        return { type, username: user, prompt };
      }
    }
    return false;
  };
}
