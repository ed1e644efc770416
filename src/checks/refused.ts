// Host check `refused`: whom the gateway refused in the last hour, and what each should send instead. Out of the access log.
import type { Client, GatewayHost } from '../stack/stack.js';
import type { HostCheck, Result } from './check.js';

const MOST = 20;

/** One client, key and address that were refused alike. */
interface Refusal {
  times: number;
  /** Unix seconds. */
  last: number;
  address: string;
  /** undefined: nobody's key, or none. */
  client?: string | undefined;
  /** First eight digits of the key's SHA-256; `-`: no key came. */
  key: string;
  status: number;
}

const LINE = /^(\d+) (\d+)(?:\.\d+)? (\S+) client=(\S+) key=(\S+) (40[13]|429)$/gm;

export const refused: HostCheck<GatewayHost> = {
  id: 'refused',
  title: 'No client is refused',
  role: 'gateway',
  doctor: true,
  hint: 'hxllm logs --unit haproxy --since 1h --limit HOST',
  // what hxllm asks in proof says so itself; fields: time host haproxy[pid]: address:port client= key= method path status
  script:
    () => `journalctl -q --no-pager -t haproxy --since '-1h' -o short-unix | awk '$5 ~ /^client=/ && $9 ~ /^(401|403|429)$/ && !/ agent="hxllm"$/ {
  # LiteLLM says 401 of the metrics to a key that it knows
  if ($5 != "client=none" && $8 ~ /^\\/metrics/) $9 = 403
  sub(/:[0-9]+$/, "", $4); k = $4 " " $5 " " $6 " " $9; n[k]++; t[k] = $1 }
END { for (k in n) print n[k], t[k], k; print "asked" }' | sort -rn | head -n ${MOST + 1}`,
  judge(output, gateway): Result | Result[] {
    if (!/^asked$/m.test(output))
      return { status: 'fail', message: 'the access log cannot be read: journalctl -t haproxy' };
    const refusals = read(output);
    if (refusals.length === 0) return { status: 'pass', message: 'nobody in the last hour' };
    return refusals.map((refusal): Result => {
      const { times, last, address, client } = refusal;
      const { says, hint } = why(refusal, gateway);
      const at = new Date(last * 1000).toISOString().slice(11, 19);
      const message = `${says}: ${times} time${times === 1 ? '' : 's'} in the last hour, the last at ${at} UTC`;
      const subject = `${client ?? 'somebody'} at ${address}`;
      return { status: 'warn', subject, message, hint, data: { ...refusal } };
    });
  },
};

function read(output: string): Refusal[] {
  return [...output.matchAll(LINE)].map(([, times, last, address, client, key, status]) => ({
    times: Number(times),
    last: Number(last),
    address: address as string,
    client: client === 'none' || client === '-' ? undefined : client,
    key: key as string,
    status: Number(status),
  }));
}

function why(
  { client: name, key, status, last }: Refusal,
  { clients }: GatewayHost,
): { says: string; hint: string } {
  const client = clients.find((c) => c.name === name);
  if (status === 429)
    return name
      ? { says: `had used up what it may (${limits(client)})`, hint: `its limits: hxllm keys list; ${MORE}` }
      : { says: 'sent so many wrong keys that it had to wait', hint: 'who is that? It may be guessing' };
  if (status === 403)
    return {
      says: 'asked for a model or a path that its key may not have',
      hint: `its models: hxllm keys list; what it asked: hxllm logs --unit haproxy --grep ' 403 ' --limit HOST`,
    };
  if (key === '-')
    return {
      says: 'sent no key',
      hint: "its requests need the header 'Authorization: Bearer KEY': hxllm clients",
    };
  if (client?.expires !== undefined && client.expires <= last)
    return {
      says: `came with a key that ended on ${new Date(client.expires * 1000).toISOString().slice(0, 10)}`,
      hint: `a later date, or a new key: hxllm rotate-key --client ${name}`,
    };
  if (name)
    return {
      says: 'sent its key without the word Bearer',
      hint: "the header is 'Authorization: Bearer KEY': hxllm clients",
    };
  return {
    says: `came with a key that is nobody's (SHA-256 ${key}…)`,
    hint: 'a key that was revoked, rotated or mistyped: compare it with hxllm keys list',
  };
}

const MORE = 'more: rpm, tpm, parallel in litellm_clients, litellm_max_rpm and litellm_max_parallel for all';

function limits({ rpm, tpm, parallel }: Partial<Client> = {}): string {
  const own = Object.entries({ rpm, tpm, parallel }).filter(([, value]) => value !== undefined);
  return own.map(([name, value]) => `${name} ${value}`).join(', ') || 'the limit of all clients';
}
