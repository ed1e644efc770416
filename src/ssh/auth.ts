// The order in which the user is proven to a host, OpenSSH's: agent, key files, keyboard-interactive, password.
import type { Secret } from '../secret.js';
import type { Settings } from './config.js';
import { type KeyFile, readKeyFile } from './keys.js';

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
  explicit: string[],
  password: Secret | undefined,
): Promise<Credentials> {
  const keys = await Promise.all(settings.identities.map(readKeyFile));
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
  return { attempts, keys: keys.filter((key) => explicit.includes(key.path) || key.problem !== 'missing') };
}

/** Whether the server still takes this method; null before it has said so. */
export function stillOffered(attempt: Attempt, methodsLeft: readonly string[] | null): boolean {
  if (methodsLeft === null || attempt.type === 'none') return true;
  return methodsLeft.includes(attempt.type === 'agent' ? 'publickey' : attempt.type);
}
