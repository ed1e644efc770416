// The story of `keys list`: the clients of the inventory beside those that the gateways know. Keys are never shown.
import { isDeepStrictEqual } from 'node:util';
import { type Exit, HxError, messageOf, worstExit } from '../../errors.js';
import { KEYS } from '../../resources/keys.js';
import type { Run } from '../../run.js';
import { clientEntries } from '../../stack/clients.js';
import type { Client, GatewayHost } from '../../stack/stack.js';
import { story } from '../../ui/listr.js';
import { table } from '../../ui/table.js';
import { connectAll, type Fleet, gatewaysOf } from '../fleet.js';

/** What keys.json says of a key. */
type Entry = Omit<Client, 'key' | 'source'>;

export interface Listed extends Entry {
  /** The first 8 digits of the key's SHA-256, as the access log has them. */
  key: string;
  /** `ok`, `expired`, `not on HOST`, `differs on HOST` or `not in the inventory (HOST)`. */
  state: string;
}

export async function listKeys(fleet: Fleet, run: Run): Promise<{ text: string; json: object; exit: Exit }> {
  const seen = new Map<string, Record<string, Entry>>();
  const errors: HxError[] = [];
  const connected = connectAll(fleet, run);
  const read = async (gateway: GatewayHost, entry: Fleet['hosts'][number]) => {
    await connected;
    try {
      if (!entry.session) throw entry.error;
      const { stdout } = await entry.session.run(`cat ${KEYS}`, { signal: run.signal });
      seen.set(gateway.name, entriesOf(stdout, gateway.name));
    } catch (error) {
      run.signal.throwIfAborted();
      errors.push(error instanceof HxError ? error : lost(gateway.name, error));
      throw error;
    }
  };
  await story(
    [
      {
        title: 'Ask the gateways',
        each: () => gatewaysOf(fleet).map(([g, h]) => ({ title: g.name, run: () => read(g, h) })),
      },
    ],
    {},
    run,
  );
  const clients = compared(
    gatewaysOf(fleet).map(([g]) => g),
    seen,
  );
  const rows = clients.map((c) => [c.name, c.key, rightsText(c), dateText(c.expires), c.state]);
  const failed = errors.map((error) => error.message);
  const text = [table(['client', 'key', 'rights', 'expires', 'state'], rows), ...failed].join('\n');
  return { text, json: { clients, errors: failed }, exit: worstExit(errors.map((e) => e.exitCode)) };
}

function entriesOf(text: string, where: string): Record<string, Entry> {
  try {
    return (JSON.parse(text) as { keys: Record<string, Entry> }).keys;
  } catch {
    const hint = `hxllm deploy --limit ${where}`;
    throw new HxError({ code: 'host-failed', where, message: `${KEYS} is missing or broken`, hint });
  }
}

function lost(where: string, error: unknown): HxError {
  return new HxError({ code: 'connection-lost', where, message: messageOf(error) });
}

/** Gateways that were not asked say nothing. */
export function compared(
  gateways: readonly GatewayHost[],
  seen: ReadonlyMap<string, Record<string, Entry>>,
  now = Date.now(),
): Listed[] {
  const wanted = new Map(
    gateways.map((g) => [g.name, new Map(clientEntries(g).map(([hash, e]) => [hash, e as Entry]))]),
  );
  const known = [...wanted.values(), ...[...seen.values()].map((keys) => new Map(Object.entries(keys)))];
  const all = new Map(known.reverse().flatMap((keys) => [...keys]));
  const listed = [...all].map(([hash, entry]) => {
    const states = [...seen].flatMap(([host, keys]) => {
      const [want, has] = [wanted.get(host)?.get(hash), keys[hash]];
      if (!want) return has ? `not in the inventory (${host})` : [];
      if (!has) return `not on ${host}`;
      return isDeepStrictEqual(want, has) ? [] : `differs on ${host}`;
    });
    const isOver = entry.expires !== undefined && entry.expires * 1000 <= now;
    const state = states.join(', ') || (isOver ? 'expired' : seen.size > 0 ? 'ok' : 'unknown');
    return { ...entry, key: hash.slice(0, 8), state };
  });
  return listed.sort(
    (a, b) => Number(b.admin ?? false) - Number(a.admin ?? false) || a.name.localeCompare(b.name),
  );
}

function rightsText({ admin, metrics, models, rpm, tpm, parallel }: Entry): string {
  if (admin) return 'administrator';
  if (metrics) return 'metrics';
  const limits = Object.entries({ rpm, tpm, parallel }).flatMap(([name, value]) =>
    value === undefined ? [] : `${name} ${value}`,
  );
  return [models?.join(' ') ?? 'all models', ...limits].join(', ');
}

function dateText(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
