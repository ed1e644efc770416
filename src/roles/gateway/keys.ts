// keys.json and clients.map: who may use the gateway. Only SHA-256 of keys; live, not part of a release.
import type { KeysSpec } from '../../resources/keys.js';
import type { Resource } from '../../resources/kind.js';
import { clientEntries } from '../../stack/clients.js';
import type { GatewayHost } from '../../stack/stack.js';

export function keys(host: GatewayHost): Resource<KeysSpec>[] {
  const entries = clientEntries(host);
  const map = entries.map(([hash, { name }]) => `${hash} ${name}\n`).join('');
  const json = `${JSON.stringify({ schema: 1, keys: Object.fromEntries(entries) }, null, 2)}\n`;
  return [{ kind: 'keys', id: 'clients', spec: { json, map }, data: true }];
}
