// What a client check is: one real client that does what a person's program does, asked from a host. And what it is to do. Pure.
import type { Secret } from '../secret.js';
import type { Streamed } from '../services/completion.js';
import { ADMIN } from '../stack/clients.js';
import type { GatewayHost } from '../stack/stack.js';
import type { Common } from './check.js';
import { nonce, type Said } from './nonce.js';
import { patience } from './patience.js';

/** What one client is to do: list the models, get one answer, get one piece by piece. */
export interface Errand {
  /** Name of the gateway's host. */
  gateway: string;
  /** litellm_base_url, without /v1. */
  url: string;
  model: string;
  /** Whose key it is: a name of litellm_clients, or admin. */
  who: string;
  key: Secret;
  /** The messages; each is to come back. */
  words: { chat: string; stream: string };
  /** For one answer. */
  seconds: number;
  /** PEM that is trusted besides what the host trusts. */
  chain: string | undefined;
}

export interface Seen {
  /** `curl 7.88.1`; `openai 2.54.0, Python 3.11.2`. */
  version: string;
  models: string[];
  chat: Said;
  stream: Streamed;
}

interface ClientCommon extends Common {
  /** What --clients takes. */
  client: string;
}

/** A program of the host itself. */
export interface HostClient extends ClientCommon {
  /** sh that prints what `read` reads. The key is in it: it goes to the host on stdin and nowhere else. */
  script(errand: Errand): string;
  /** Pure. Throws an HxError for what went wrong. */
  read(output: string, errand: Errand): Seen;
}

/** A program of the control node, whose connections begin on the host. */
export interface TunnelClient extends ClientCommon {
  ask(errand: Errand, way: Way): Promise<Seen>;
}

export interface Way {
  /** Connects over there. */
  fetch: typeof fetch;
  signal: AbortSignal;
  /** What the host said when it did not. */
  refused(): string | undefined;
}

export type ClientCheck = HostClient | TunnelClient;

export const hasScript = (check: ClientCheck): check is HostClient => 'script' in check;

/** undefined without a chat model. */
export function errandFor(gateway: GatewayHost, now = Date.now()): Errand | undefined {
  const model = gateway.models.find(({ mode }) => mode === 'chat');
  return (
    model && {
      gateway: gateway.name,
      url: gateway.baseUrl,
      model: model.name,
      ...keyOf(gateway, now),
      words: { chat: nonce(), stream: nonce() },
      seconds: patience(gateway),
      chain: gateway.certificate?.chain,
    }
  );
}

/** A client that may use every model and has no budget that a check would use up; only without one the master key. */
function keyOf({ clients, masterKey }: GatewayHost, now: number): { who: string; key: Secret } {
  const free = clients.find(
    ({ metrics, models, rpm, tpm, parallel, expires }) =>
      !metrics && !models && !rpm && !tpm && !parallel && (expires === undefined || expires * 1000 > now),
  );
  return free ? { who: free.name, key: free.key } : { who: ADMIN, key: masterKey };
}
