// Which key is rotated: the administrator's or a client's, the one place where it is written, and the gateways that share it.
import { HxError } from '../../errors.js';
import { asWritten } from '../../inventory/as-written.js';
import { isMapping } from '../../inventory/written.js';
import { ADMIN } from '../../stack/clients.js';
import { type KeySource, needKeySource } from '../../stack/key-source.js';
import type { Client, GatewayHost } from '../../stack/stack.js';
import { type Fleet, gatewaysOf } from '../fleet.js';
import type { About } from '../keys/gateways.js';

export interface Target extends About {
  /** A client, or `admin`. */
  name: string;
  /** For messages: `the master key`, `the key of alice`. */
  title: string;
  source: KeySource;
}

/** Throws HxError `usage`, `variable` or `limit` when there is not exactly one place, or when not all who share it take part. */
export function targetOf(fleet: Fleet, client: string | undefined): Target {
  const name = client ?? ADMIN;
  const among = gatewaysOf(fleet).map(([gateway]) => gateway);
  const holders = among.filter((g) => client === undefined || clientOf(g, client));
  if (client !== undefined) known(client, holders, among);
  const sources = holders.map((g) => sourceOf(g, client));
  const [source] = sources as [KeySource];
  if (new Set(sources.map(placeOf)).size > 1) {
    const lines = holders.map((g, i) => `  ${g.name}: ${sources[i]?.variable} in ${sources[i]?.file}`);
    throw new HxError({
      code: 'limit',
      message: `the gateways have keys of their own\n${lines.join('\n')}`,
      hint: `rotate one after the other: hxllm rotate-key --limit ${holders[0]?.name}`,
    });
  }
  const keys = holders.map((g) => keyOf(g, client));
  const left = fleet.stack.gateways.filter((g) => !among.includes(g) && keys.includes(keyOf(g, client)));
  if (left.length > 0)
    throw new HxError({
      code: 'limit',
      message: `--limit leaves out ${left.map((g) => g.name).join(', ')}, where the same key is accepted: the old one would stay alive`,
      hint: 'give a limit with all of them, or none',
    });
  return {
    name,
    title: client === undefined ? 'the master key' : `the key of ${client}`,
    source,
    gateways: holders.map((g) => g.name),
    metrics: holders.some((g) => clientOf(g, name)?.metrics === true),
    command: `hxllm rotate-key${client === undefined ? '' : ` --client ${client}`}`,
  };
}

function known(name: string, holders: readonly GatewayHost[], among: readonly GatewayHost[]): void {
  const names = [...new Set(among.flatMap((g) => g.clients.map((c) => c.name)))];
  if (holders.length === 0)
    throw new HxError({
      code: 'usage',
      message: `no client is named ${name}`,
      hint:
        names.length > 0
          ? `clients: ${names.join(', ')}`
          : 'litellm_clients is empty: hxllm keys create NAME',
    });
  const over = holders.find((g) => (clientOf(g, name)?.expires ?? Infinity) * 1000 <= Date.now());
  if (over)
    throw new HxError({
      code: 'usage',
      message: `${name} has expired: a new key would be refused, too`,
      hint: 'set another expires in litellm_clients first',
    });
}

function clientOf(gateway: GatewayHost, name: string): Client | undefined {
  return gateway.clients.find((c) => c.name === name);
}

/** Throws why it has none. */
function sourceOf({ host, clients }: GatewayHost, client: string | undefined): KeySource {
  if (client === undefined) return needKeySource(host, 'litellm_master_key');
  const found = clients.find((c) => c.name === client)?.source;
  if (found) return found;
  const written = asWritten(host, 'litellm_clients');
  const entry = Array.isArray(written) ? written.find((e) => isMapping(e) && e.name === client) : undefined;
  const key = isMapping(entry) ? entry.key : undefined;
  return needKeySource(host, typeof key === 'string' ? key : '', host.origin('litellm_clients'));
}

function keyOf(gateway: GatewayHost, client: string | undefined): string | undefined {
  return (client === undefined ? gateway.masterKey : clientOf(gateway, client)?.key)?.reveal();
}

const placeOf = ({ file, variable }: KeySource) => `${file} ${variable}`;
