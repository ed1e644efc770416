// Backends and the sets of them that offer the same models. Pure.
import { createHash } from 'node:crypto';
import { HxError } from '../errors.js';
import type { Host, Inventory } from '../inventory/types.js';
import type { Backend, BackendSet, Model } from './stack.js';

/** First and last port of the listeners on 127.0.0.1; 11434 stays free, an Ollama may live on the same host. */
const FIRST_PORT = 11400;
const PORTS = 100;
const OLLAMA_PORT = 11434;

/** The backend that a URL means; the inventory's host when its name, address or first label matches. */
export function backendOf(url: string, inventory: Inventory, group: string): Backend {
  const parsed = new URL(url);
  const address = parsed.hostname.replace(/^\[|\]$/g, '');
  const host = inventory.members(group).find((h) => isAt(h, address));
  const tls = parsed.protocol === 'https:';
  return {
    url,
    name: shortName(host?.name ?? address),
    ...(host ? { host: host.name } : {}),
    address,
    port: parsed.port ? Number(parsed.port) : tls ? 443 : 80,
    tls,
  };
}

/** A URL's host is in small letters. */
export function isAt(host: Host, address: string): boolean {
  const name = host.name.toLowerCase();
  return name === address || name.split('.')[0] === address || addressOf(host) === address;
}

/** An address that cannot be evaluated is told when the host is connected to. */
function addressOf(host: Host): string | undefined {
  try {
    return String(host.get('ansible_host')).toLowerCase();
  } catch {
    return undefined;
  }
}

function shortName(host: string): string {
  const label = /^[\d.]+$|:/.test(host) ? host : (host.split('.')[0] ?? host);
  return label.replace(/[^\w-]/g, '-');
}

/** Two backends with one short name get numbers: haproxy.cfg needs them apart. */
export function distinct(backends: Backend[]): Backend[] {
  const seen = new Map<string, number>();
  return backends.map((backend) => {
    const count = (seen.get(backend.name) ?? 0) + 1;
    seen.set(backend.name, count);
    return count === 1 ? backend : { ...backend, name: `${backend.name}-${count}` };
  });
}

/** One set for each different group of backends that some model needs, on ports that nothing else on the host has. */
export function setsOf(
  models: readonly Model[],
  backends: readonly Backend[],
  busy: readonly number[] = [],
): BackendSet[] {
  const members = new Map<string, Backend[]>();
  for (const model of models) {
    if (model.backends.length === 0) continue;
    const chosen = backends.filter((b) => model.backends.includes(b.name));
    members.set(keyOf(chosen), chosen);
  }
  const taken = new Set([OLLAMA_PORT, ...busy]);
  return [...members.keys()].sort().map((key) => {
    const port = freePort(key, taken);
    taken.add(port);
    return { port, id: `ollama_${port}`, backends: members.get(key) ?? [] };
  });
}

/** A port on 127.0.0.1 that leads to a set of backends. */
export function isListenerPort(port: number): boolean {
  return port >= FIRST_PORT && port < FIRST_PORT + PORTS && port !== OLLAMA_PORT;
}

/** The port comes from the members, so that a set keeps it for ever and a changed set gets another one. */
function freePort(key: string, taken: ReadonlySet<number>): number {
  const start = createHash('sha256').update(key).digest().readUInt32BE(0);
  for (let step = 0; step < PORTS; step++) {
    const port = FIRST_PORT + ((start + step) % PORTS);
    if (!taken.has(port)) return port;
  }
  throw new HxError({
    code: 'config',
    message: `more than ${PORTS - 1} different groups of backends offer models`,
    hint: 'let more backends offer the same models: litellm_models',
  });
}

export function keyOf(backends: readonly Backend[]): string {
  return backends
    .map((b) => b.url)
    .sort()
    .join(' ');
}
