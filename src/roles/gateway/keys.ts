// keys.json and clients.map: who may use the gateway. Only SHA-256 of keys; live, not part of a release.
import { sha256 } from '../../resources/content.js';
import type { KeysSpec } from '../../resources/keys.js';
import type { Resource } from '../../resources/kind.js';
import { ADMIN } from '../../stack/clients.js';
import type { Client, GatewayHost } from '../../stack/stack.js';

export function keys(host: GatewayHost): Resource<KeysSpec>[] {
  const clients: Client[] = [
    // where two are the same, the one that is not on its way out counts
    ...host.previous,
    { name: ADMIN, key: host.masterKey, admin: true },
    ...host.clients,
  ];
  const byHash = new Map(
    clients.map(({ key, source: _, ...entry }) => [sha256(key.reveal()), entry] as const),
  );
  const map = [...byHash].map(([hash, { name }]) => `${hash} ${name}\n`).join('');
  const json = `${JSON.stringify({ schema: 1, keys: Object.fromEntries(byHash) }, null, 2)}\n`;
  return [{ kind: 'keys', id: 'clients', spec: { json, map } }];
}
