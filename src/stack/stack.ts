// What the inventory asks for, typed: gateways, backends and models. Pure data; read.ts builds it.
import type { Host } from '../inventory/types.js';
import type { Opening } from '../opening.js';
import type { Secret } from '../secret.js';
import type { Certificate } from './certificate.js';
import type { KeySource } from './key-source.js';
import type { Unfinished } from './unfinished.js';

/** An Ollama that a gateway uses: usually one of [llm], but a URL that is in no group is allowed and only checked. */
export interface Backend {
  /** As written, without a trailing slash: `http://hx-llm01-server…:11434`. */
  url: string;
  /** Short and unique, for haproxy.cfg, ids and messages: `hx-llm01-server`. */
  name: string;
  /** The inventory's name when hxllm manages it. */
  host?: string;
  address: string;
  port: number;
  tls: boolean;
}

export interface Model {
  /** What clients ask for: `phi3-3.8b`. */
  name: string;
  provider: string;
  /** The backend's name for it: `phi3:3.8b`. */
  model: string;
  mode: 'chat' | 'embedding';
  /** Names of the backends that offer it; empty for providers other than ollama. */
  backends: string[];
  /** What LiteLLM gets besides, e.g. `api_key: os.environ/…`. */
  params: Record<string, string | number | boolean>;
}

/** A balanced listener on the gateway for one set of backends. */
export interface BackendSet {
  /** Port on 127.0.0.1: 114xx, the same for ever for the same members, never 11434. */
  port: number;
  id: string;
  backends: Backend[];
}

export interface Client {
  name: string;
  key: Secret;
  admin?: boolean;
  metrics?: boolean;
  models?: string[];
  rpm?: number;
  tpm?: number;
  parallel?: number;
  /** Unix seconds. */
  expires?: number;
  /** Where its key is written, when that is one variable. */
  source?: KeySource;
}

export interface GatewayHost {
  role: 'gateway';
  host: Host;
  name: string;
  bindHost: string;
  bindPort: number;
  /** Without a trailing slash and without /v1. */
  baseUrl: string;
  /** litellm_bind_port then speaks TLS. */
  certificate?: Certificate | undefined;
  masterKey: Secret;
  clients: Client[];
  /** Older keys of the administrator and of clients that are accepted too, while they are changed for new ones. */
  previous: Client[];
  unfinished: Unfinished[];
  backends: Backend[];
  sets: BackendSet[];
  models: Model[];
  /** The web UI on the same host. */
  webui?: WebuiHost;
  /** What the filter of its whole host guards, whatever the role. */
  openings: Opening[];
  /** PEM of hxllm_ca_certificate, which the host trusts. */
  authority?: string | undefined;
  /** The whole variable table, read and typed. */
  vars: Record<string, unknown>;
}

export interface BackendHost {
  role: 'backend';
  host: Host;
  name: string;
  /** Where gateways reach it. */
  port: number;
  /** Ollama names of the models it must have, sorted: `phi3:3.8b`. */
  models: string[];
  openings: Opening[];
  /** PEM of hxllm_ca_certificate, which the host trusts. */
  authority?: string | undefined;
  vars: Record<string, unknown>;
}

export interface WebuiHost {
  role: 'webui';
  host: Host;
  name: string;
  /** Open WebUI's own address. */
  bindHost: string;
  bindPort: number;
  /** HAProxy's, in front of a fresh install. */
  port: number;
  /** What people open. */
  url: string;
  /** HAProxy then speaks TLS. */
  certificate?: Certificate | undefined;
  /** Where HAProxy leads to `url` who asks without TLS. */
  redirectPort?: number;
  /** Where it asks: the gateway's `litellm_base_url` with /v1. */
  baseUrl: string;
  /** That gateway's name. */
  gateway: string;
  /** Name of the client whose key it has. */
  client: string;
  /** undefined until there is such a client: the first deploy makes it. */
  key?: Secret;
  /** Of the administrator that a fresh install gets; undefined until the first deploy makes it. */
  adminPassword?: Secret;
  /** Public names of the chat models that its key may use. */
  models: string[];
  /** The gateway is on the same host: one haproxy.cfg serves both. */
  isWithGateway: boolean;
  openings: Opening[];
  /** PEM of hxllm_ca_certificate, which the host trusts. */
  authority?: string | undefined;
  vars: Record<string, unknown>;
}

/** One host's entry of a role. */
export type Member = GatewayHost | BackendHost | WebuiHost;

/** Every host's entry of each role. */
export const membersOf = ({ backends, gateways, webuis }: Omit<Stack, 'notices'>): Member[] => [
  ...backends,
  ...gateways,
  ...webuis,
];

export interface Stack {
  gateways: GatewayHost[];
  backends: BackendHost[];
  webuis: WebuiHost[];
  /** Things worth a word: no [webui], litellm_db_* without litellm_database, … */
  notices: string[];
}
