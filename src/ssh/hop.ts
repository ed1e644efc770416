// The jump host in front of a target, as a target of its own. Pure.
import type { Target } from './types.js';

/** `-J a,b`: b is reached through a. OpenSSH gives a hop only the user's configuration, not the target's options. */
export function hopOf(target: Target, proxyJump: string): Target {
  const hops = proxyJump.split(',');
  const last = hops.pop() as string;
  const [, user, host = '', port] =
    /^(?:ssh:\/\/)?(?:(.+)@)?(\[[^\]]+\]|[^:]+)(?::(\d+))?\/?$/.exec(last) ?? [];
  return {
    name: `${target.name} (jump host ${last})`,
    address: host.replace(/^\[|\]$/g, ''),
    become: 'none',
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
    sshArgs: [...configFile(target.sshArgs ?? []), ...(hops.length > 0 ? ['-J', hops.join(',')] : [])],
  };
}

function configFile(words: string[]): string[] {
  const index = words.findIndex((word) => word.startsWith('-F'));
  if (index < 0) return [];
  return words[index] === '-F' ? words.slice(index, index + 2) : [words[index] as string];
}
