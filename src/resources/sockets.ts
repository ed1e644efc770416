// Sockets of a host: `ss` is asked once in a script, whoever wants to know.
import { kept } from '../shell.js';

/** All of TCP, with the processes that have them. */
const SOCKETS = kept('ss -Htanp');

/** sh: defines `unit_of PID`, which sets u to the unit of a process: the last .service of its cgroup, in both versions of cgroups. */
export const UNIT_OF = `unit_of() { u=; while IFS= read -r g; do case "$g" in *.service*) u=\${g%.service*}; u=\${u##*/}.service; return ;; esac; done < "/proc/$1/cgroup"; }`;

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
