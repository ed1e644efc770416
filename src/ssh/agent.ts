// The user's agent, its keys in OpenSSH's order: those that the configuration names first, or only those.
import type { Attempt } from './auth.js';

type PublicKey = { getPublicSSH(): Buffer };

/** The part of ssh2's agent that is used here. */
export interface Agent {
  getIdentities(done: (error?: Error | null, keys?: PublicKey[]) => void): void;
}

/** The same agent, sorted; one that fails has no keys, so that the key files still get their turn. */
export function sorted(
  agent: Agent,
  { accepts, only }: Attempt & { type: 'agent' },
  trace?: (line: string) => void,
): Agent {
  const getIdentities: Agent['getIdentities'] = (done) => {
    agent.getIdentities((error, keys = []) => {
      if (error) trace?.(`the agent cannot be used: ${error.message}`);
      const isNamed = (key: PublicKey) => accepts.includes(key.getPublicSSH().toString('base64'));
      const others = only ? [] : keys.filter((key) => !isNamed(key));
      done(null, [...keys.filter(isNamed), ...others]);
    });
  };
  // ssh2 takes only what inherits from its own class
  return Object.create(agent, { getIdentities: { value: getIdentities } }) as Agent;
}
