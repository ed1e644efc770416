// Host check `listeners`: whoever answers on the role's ports is the role's unit. LiteLLM takes a random port when its own is taken.
import { eachSocket, UNIT_OF } from '../resources/sockets.js';
import { LITELLM_PORT, LITELLM_UNIT, OLLAMA_UNIT, PROXY_UNIT } from '../stack/places.js';
import type { Stack } from '../stack/stack.js';
import { type HostCheck, type RoleHost, verdict } from './check.js';

interface Wanted {
  port: number;
  unit: string;
  /** Other hosts come here: loopback alone is not enough. */
  open: boolean;
}

const ALONE = 'is only open to this host itself';
const WHERE = 'who says so? ssh HOST systemctl cat ollama haproxy; then: hxllm deploy --limit HOST';

const LOOPBACK = /^(127\.|\[::1\]|\[::ffff:127\.)/;

function wantedOf(host: RoleHost, stack: Stack): Wanted[] {
  if (host.role === 'backend') {
    const users = stack.gateways.filter((g) => g.backends.some((b) => b.host === host.name));
    return [{ port: host.port, unit: OLLAMA_UNIT, open: users.some((g) => g.name !== host.name) }];
  }
  if (host.role === 'webui') return [];
  const sets = host.vars.litellm_balancer === 'litellm' ? [] : host.sets;
  return [
    { port: LITELLM_PORT, unit: LITELLM_UNIT, open: false },
    { port: host.bindPort, unit: PROXY_UNIT, open: !LOOPBACK.test(host.bindHost) },
    ...sets.map(({ port }) => ({ port, unit: PROXY_UNIT, open: false })),
  ];
}

export const listeners: HostCheck = {
  id: 'listeners',
  title: "Ports belong to the role's units",
  role: 'any',
  probe: true,
  hint: 'ssh HOST sudo ss -ltnp; stop what holds the port, then: hxllm deploy --limit HOST',
  script(host, stack) {
    const ports = wantedOf(host, stack).map(({ port }) => `'LISTEN ${port}'`);
    return [
      `command -v ss >/dev/null || { echo no-ss; exit 0; }`,
      UNIT_OF,
      `of() { unit_of "$1"; [ -z "$u" ] || echo "p $1 $u"; }`,
      `own() { echo "s $l $o"; while :; do case "$o" in *pid=*) o=\${o#*pid=}; of "\${o%%,*}" ;; *) break ;; esac; done; }`,
      ...(ports.length > 0 ? [eachSocket(`case "$s \${l##*:}" in ${ports.join('|')}) own ;; esac`)] : []),
      `true`,
    ].join('\n');
  },
  judge(output, host, stack) {
    if (/^no-ss$/m.test(output))
      return {
        status: 'warn',
        message: 'ss is not installed: not known who listens',
        hint: 'ssh HOST sudo apt-get install -y iproute2',
      };
    const units = new Map([...output.matchAll(/^p (\d+) (\S+)$/gm)].map((m) => [m[1], m[2]]));
    const rows = [...output.matchAll(/^s (\S+):(\d+) (.*)$/gm)].map((m) => ({
      address: m[1] as string,
      port: Number(m[2]),
      owners: [...(m[3] ?? '').matchAll(/\("([^"]+)",pid=(\d+)/g)].map(
        ([, name, pid]) => units.get(pid) ?? name,
      ),
    }));
    const wanted = wantedOf(host, stack);
    const wrong = wanted.flatMap(({ port, unit, open }) => {
      const here = rows.filter((row) => row.port === port);
      const strangers = here.filter((row) => !row.owners.includes(unit));
      if (here.length === 0) return `nobody listens on port ${port} (${unit} should)`;
      if (strangers.length > 0)
        return `port ${port} belongs to ${[...new Set(strangers.flatMap((r) => r.owners))].join(', ') || 'an unknown process'}, not to ${unit}`;
      if (open && here.every((row) => LOOPBACK.test(row.address)))
        return `port ${port} of ${unit} ${ALONE} (${here[0]?.address})`;
      return [];
    });
    const isAlone = wrong.length > 0 && wrong.every((text) => text.includes(ALONE));
    const seen = wanted.map(({ port, unit }) => `${port} ${unit.replace('.service', '')}`).join(', ');
    return verdict(wrong, seen, { data: { listeners: rows }, ...(isAlone ? { hint: WHERE } : {}) });
  },
};
