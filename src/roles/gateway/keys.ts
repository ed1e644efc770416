// keys.json and clients.map: who may use the gateway. Only SHA-256 of keys; live, not part of a release.
import { sha256 } from '../../resources/content.js';
import type { Resource } from '../../resources/kind.js';
import type { Client, GatewayHost } from '../../stack/stack.js';

/** The administrator's entry: the guide's master key. */
const ADMIN = 'admin';

export function keys(host: GatewayHost): Resource[] {
  const clients: Client[] = [{ name: ADMIN, key: host.masterKey, admin: true }, ...host.clients];
  return [
    {
      kind: 'file',
      id: '/etc/litellm/keys.json',
      spec: { content: keysJson(clients), mode: '0640', owner: 'root', group: 'litellm', forward: true },
    },
    {
      kind: 'file',
      id: '/etc/haproxy/clients.map',
      spec: {
        content: clients.map((c) => `${sha256(c.key.reveal())} ${c.name}\n`).join(''),
        mode: '0644',
        owner: 'root',
        group: 'root',
        forward: true,
      },
    },
  ];
}

function keysJson(clients: readonly Client[]): string {
  const entries = clients.map(({ key, ...entry }) => [sha256(key.reveal()), entry] as const);
  return `${JSON.stringify({ schema: 1, keys: Object.fromEntries(entries) }, null, 2)}\n`;
}
