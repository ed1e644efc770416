// Host check `balancer`: HAProxy sees LiteLLM and every backend up. It reads HAProxy's own statistics.
import type { GatewayHost } from '../stack/stack.js';
import { type HostCheck, verdict } from './check.js';

interface Row {
  proxy: string;
  server: string;
  status: string;
  /** What its health check said last. */
  check: string;
}

function serversOf(host: GatewayHost): [proxy: string, server: string][] {
  const sets = host.vars.litellm_balancer === 'litellm' ? [] : host.sets;
  const backends = sets.flatMap((set) => set.backends.map((b): [string, string] => [set.id, b.name]));
  return [['slots', 'litellm'], ...backends];
}

export const balancer: HostCheck<GatewayHost> = {
  id: 'balancer',
  title: 'HAProxy sees LiteLLM and every backend up',
  role: 'gateway',
  probe: true,
  hint: 'ssh HOST sudo journalctl -t haproxy -n 50; a backend that is down: hxllm verify --only backend-reach',
  script: () =>
    `echo 'show stat' | socat -t 5 stdio /run/haproxy/admin.sock 2>&1 | cut -c 1-1000 | head -n 500`,
  judge(output, host) {
    const rows = parse(output);
    if (rows.length === 0)
      return {
        status: 'fail',
        message: `HAProxy's admin socket does not answer: ${output.trim().split('\n').at(-1) || 'no output'}`,
        hint: 'hxllm deploy --limit HOST',
      };
    const wanted = serversOf(host);
    const states = wanted.map(([proxy, server]) => ({
      name: `${proxy}/${server}`,
      row: rows.find((r) => r.proxy === proxy && r.server === server),
    }));
    const wrong = states.flatMap(({ name, row }) => {
      if (!row) return `HAProxy does not know ${name}: its configuration is another one`;
      return /^(UP|no check)/.test(row.status)
        ? []
        : `${name} is ${row.status}${row.check ? ` (${row.check})` : ''}`;
    });
    // LiteLLM itself, or a server that HAProxy does not know, is nobody else's fault
    const down = states.filter(({ row }) => !row || !/^(UP|no check)/.test(row.status));
    const blames = down.flatMap(({ name, row }) =>
      row && row.proxy !== 'slots' ? [name.split('/')[1] as string] : [],
    );
    const data = { servers: Object.fromEntries(states.map((s) => [s.name, s.row?.status ?? 'unknown'])) };
    return verdict(wrong, `${states.map((s) => s.name).join(', ')}`, {
      data,
      ...(down.length > 0 && blames.length === down.length ? { blames } : {}),
    });
  },
};

function parse(csv: string): Row[] {
  const [head = '', ...lines] = csv.slice(Math.max(0, csv.indexOf('# pxname'))).split('\n');
  if (!head.startsWith('# pxname')) return [];
  const columns = head.slice(2).split(',');
  const at = (cells: string[], name: string) => cells[columns.indexOf(name)] ?? '';
  return lines
    .filter((line) => line.includes(','))
    .map((line) => line.split(','))
    .map((cells) => ({
      proxy: at(cells, 'pxname'),
      server: at(cells, 'svname'),
      status: at(cells, 'status'),
      check: at(cells, 'last_chk') || at(cells, 'check_status'),
    }));
}
