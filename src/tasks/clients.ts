// Set-up for clients of the gateway, ready to paste: its URL, its models, and the name of a variable where the key goes.
import { HxError } from '../errors.js';
import type { Inventory } from '../inventory/types.js';
import { stackOf } from '../stack/read.js';
import type { GatewayHost } from '../stack/stack.js';
import { render } from '../templates.js';

/** One line and templates/clients/NAME.hbs each. */
const CLIENTS = [
  { name: 'curl', title: 'curl, in a shell' },
  { name: 'python', title: 'Python, the openai package' },
  { name: 'node', title: 'Node.js, the openai package' },
  { name: 'langchain', title: 'LangChain in Python' },
  { name: 'continue', title: 'Continue in an editor: ~/.continue/config.yaml' },
  { name: 'aider', title: 'aider, in a shell' },
  { name: 'open-webui', title: 'Open WebUI: its environment file' },
] as const;

export interface Snippet {
  name: string;
  title: string;
  text: string;
}

export interface ClientSetup {
  gateway: string;
  /** With /v1, as clients are told it. */
  url: string;
  models: { name: string; mode: string }[];
  clients: Snippet[];
  /** URLs of gateways that were not meant. */
  others: string[];
}

/** All clients, or the one that is named; of the first gateway that the limit leaves. */
export function clientSetup(
  inventory: Inventory,
  { name, limit }: { name?: string | undefined; limit?: string | undefined },
): ClientSetup {
  const chosen = CLIENTS.filter((client) => name === undefined || client.name === name);
  if (chosen.length === 0)
    throw new HxError({
      code: 'usage',
      message: `there is no set-up for ${name}`,
      hint: `clients: ${CLIENTS.map((client) => client.name).join(', ')}`,
    });
  const { gateways } = stackOf(inventory);
  const hosts = limit === undefined ? undefined : inventory.select(limit).map((host) => host.name);
  const [gateway, ...others] = gateways.filter((g) => !hosts || hosts.includes(g.name));
  if (!gateway)
    throw new HxError({
      code: 'limit',
      message: `no gateway is among ${hosts?.join(', ')}`,
      hint: `gateways: ${gateways.map((g) => g.name).join(', ')}`,
    });
  const values = valuesOf(gateway);
  const clients = chosen.map((client) => ({ ...client, text: render(`clients/${client.name}.hbs`, values) }));
  return {
    gateway: gateway.name,
    url: values.url,
    models: gateway.models.map((m) => ({ name: m.name, mode: m.mode })),
    clients,
    others: [...new Set(others.map((g) => g.baseUrl))].filter((url) => url !== gateway.baseUrl),
  };
}

function valuesOf({ name, baseUrl, models }: GatewayHost) {
  const named = (mode: string) => models.filter((m) => m.mode === mode).map((m) => m.name);
  const [chats, embeddings] = [named('chat'), named('embedding')];
  const [model] = chats;
  if (model === undefined)
    throw new HxError({
      code: 'config',
      message: `${name} offers no chat model, only ${embeddings.join(', ')}`,
      hint: 'add one to litellm_models',
    });
  const url = `${baseUrl}/v1`;
  const body = { model, messages: [{ role: 'user', content: 'Hello' }] };
  return {
    url,
    host: new URL(url).hostname,
    tls: url.startsWith('https:'),
    models: `${url}/models`,
    chat: `${url}/chat/completions`,
    body: JSON.stringify(body),
    streamBody: JSON.stringify({ ...body, stream: true }),
    model,
    aiderModel: `openai/${model}`,
    embedding: embeddings[0] ?? '',
    chats,
    embeddings,
  };
}
