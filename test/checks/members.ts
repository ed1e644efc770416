// Hosts and stacks as the inventory would give them, for tests of checks.
import type { Host } from '../../src/inventory/types.js';
import { Secret } from '../../src/secret.js';
import type { Backend, BackendHost, GatewayHost, Model, Stack, WebuiHost } from '../../src/stack/stack.js';

const host = (name: string): Host => ({
  name,
  groups: ['all'],
  has: () => false,
  get: () => undefined,
  setting: () => undefined,
  origin: () => undefined,
  variables: () => [],
});

export const KEY = 'sk-of-the-test-which-is-long-enough';

/** Of the web UI. */
export const WEBUI_KEY = 'sk-of-the-web-ui-which-is-long-enough';

export function aModel(name: string, rest: Partial<Model> = {}): Model {
  return {
    name,
    provider: 'ollama',
    model: name.replace('-', ':'),
    mode: 'chat',
    backends: ['llm1', 'llm2'],
    params: {},
    ...rest,
  };
}

export function aBackend(name: string, rest: Partial<Backend> = {}): Backend {
  return {
    url: `http://${name}.lan:11434`,
    name,
    host: `${name}.lan`,
    address: `${name}.lan`,
    port: 11434,
    tls: false,
    ...rest,
  };
}

export function aGateway(rest: Partial<GatewayHost> = {}): GatewayHost {
  const backends = [aBackend('llm1'), aBackend('llm2')];
  return {
    role: 'gateway',
    host: host('gw.lan'),
    name: 'gw.lan',
    bindHost: '0.0.0.0',
    bindPort: 4000,
    baseUrl: 'http://gw.lan:4000',
    masterKey: new Secret(KEY),
    clients: [],
    previous: [],
    unfinished: [],
    backends,
    sets: [{ port: 11450, id: 'ollama_11450', backends }],
    models: [aModel('phi3-3.8b')],
    openings: [],
    vars: { litellm_version: '1.106.2', litellm_request_timeout: 600 },
    ...rest,
  };
}

export function aBackendHost(name = 'llm1', rest: Partial<BackendHost> = {}): BackendHost {
  return {
    role: 'backend',
    host: host(`${name}.lan`),
    name: `${name}.lan`,
    port: 11434,
    models: ['phi3:3.8b'],
    openings: [],
    vars: {},
    ...rest,
  };
}

export function aWebui(rest: Partial<WebuiHost> = {}): WebuiHost {
  return {
    role: 'webui',
    host: host('ui.lan'),
    name: 'ui.lan',
    bindHost: '127.0.0.1',
    bindPort: 8080,
    port: 80,
    url: 'http://ui.lan',
    baseUrl: 'http://gw.lan:4000/v1',
    gateway: 'gw.lan',
    client: 'open-webui',
    key: new Secret(WEBUI_KEY),
    models: ['phi3-3.8b'],
    isWithGateway: false,
    openings: [],
    vars: {},
    ...rest,
  };
}

export function aStack(gateway = aGateway()): Stack {
  return {
    gateways: [gateway],
    backends: [aBackendHost('llm1'), aBackendHost('llm2')],
    webuis: [],
    notices: [],
  };
}

/** What a host prints for one request of `curls`. */
export function curlLine(
  id: string,
  {
    rc = 0,
    status = 200,
    body = {},
    error = '',
  }: { rc?: number; status?: number; body?: unknown; error?: string } = {},
): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return `${id}|${rc}|${rc === 0 ? status : '000'} 0.012|${base64(text)}|${base64(error)}`;
}
