// Sockets of a host: `ss` is asked once in a script, whoever wants to know.
import { kept } from '../shell.js';

/** All of TCP, with the processes that have them. */
const SOCKETS = kept('ss -Htanp');

/**
 * sh: runs `body` for each socket; its variables: s the state, l the local `address:port`, p the peer's, o
 * `users:(("name",pid=1,fd=2),…)`.
 */
export function eachSocket(body: string): string {
  return `${SOCKETS.ask}
while read -r s _ _ l p o; do ${body}; done <<EOF
$${SOCKETS.name}
EOF`;
}
