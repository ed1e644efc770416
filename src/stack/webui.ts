// A host of the web UI: what it listens on, which gateway it talks to, and with which client's key.
import type { Host } from '../inventory/types.js';
import type { Secret } from '../secret.js';
import { readAuthority, readCertificate, WEBUI_TLS } from './certificate.js';
import { nameFault } from './clients.js';
import { GATEWAY_VARIABLES, KEY_HINT } from './gateway-variables.js';
import { readHostVariables } from './host-variables.js';
import { LITELLM_PORT, STANDBY_PORT } from './places.js';
import type { BackendHost, GatewayHost, WebuiHost } from './stack.js';
import { type Problem, readVariables, tellOf } from './variable.js';
import { WEBUI_VARIABLES } from './webui-variables.js';

/** Where packages come from is the same for every venv, and clients are the same people. */
const SHARED = GATEWAY_VARIABLES.filter(({ name }) =>
  ['litellm_index_url', 'litellm_find_links', 'litellm_allowed_networks'].includes(name),
);

/** Where the first deploy writes the password of a new administrator. */
export const ADMIN_PASSWORD = 'vault_webui_admin_password';

export function readWebui(
  host: Host,
  gateways: readonly GatewayHost[],
  backends: readonly BackendHost[],
  problems: Problem[],
): WebuiHost {
  const { values, problems: found } = readHostVariables(host, [...WEBUI_VARIABLES, ...SHARED]);
  problems.push(...found);
  const problem = tellOf(host, problems);
  const { bindHost, bindPort } = listening(String(values.webui_bind ?? ''));
  const isTls = values.webui_tls_certificate !== undefined;
  const port = Number(values.webui_port ?? (isTls ? 443 : 80));
  const gateway = gateways.find((g) => g.name === host.name) ?? gateways[0];
  const beside = gateways.find((g) => g.name === host.name);
  const taken = portsOf(
    beside,
    backends.filter((b) => b.name === host.name),
  );
  for (const [variable, own] of [
    ['webui_port', port],
    ['webui_bind', bindPort],
  ] as const) {
    const other = taken.get(own);
    if (other) problem(variable, `${own} is also ${other} of ${host.name}`, 'give one of them another port');
  }
  if (port === bindPort)
    problem('webui_port', `${port} is also the port of webui_bind`, 'give one of them another port');
  const name = String(values.webui_client);
  const client = gateway?.clients.find((c) => c.name === name);
  const fault = client ? undefined : nameFault(name);
  if (fault) problem('webui_client', `${name}: ${fault}`, 'leave it out for the default, open-webui');
  if (client?.metrics)
    problem(
      'webui_client',
      `${name} may read the metrics only`,
      `name another client of litellm_clients; ${KEY_HINT}`,
    );
  const url = String(values.webui_url ?? urlOf(host.name, port, isTls));
  const chat = (gateway?.models ?? []).filter((m) => m.mode === 'chat').map((m) => m.name);
  const password = (values.webui_admin_password ?? written(host)) as Secret | undefined;
  return {
    role: 'webui',
    host,
    name: host.name,
    bindHost,
    bindPort,
    port,
    url,
    certificate: readCertificate(values, WEBUI_TLS, url, problem),
    authority: readAuthority(values, problem),
    ...(isTls && port !== 80 && bindPort !== 80 && !taken.has(80) ? { redirectPort: 80 } : {}),
    baseUrl: `${gateway?.baseUrl ?? ''}/v1`,
    gateway: gateway?.name ?? '',
    client: name,
    ...(client ? { key: client.key } : {}),
    ...(password ? { adminPassword: password } : {}),
    models: chat.filter((model) => client?.models?.includes(model) ?? true),
    isWithGateway: beside !== undefined,
    openings: [],
    vars: values,
  };
}

/** How a page of it begins, by one of the host's names. */
export function urlOf(name: string, port: number, isTls: boolean): string {
  return `${isTls ? 'https' : 'http'}://${name}${port === (isTls ? 443 : 80) ? '' : `:${port}`}`;
}

/** What else listens on its host, by port. */
function portsOf(gateway: GatewayHost | undefined, backends: readonly BackendHost[]): Map<number, string> {
  const taken = new Map(backends.map((b) => [b.port, 'ollama_port']));
  for (const { port } of gateway?.sets ?? []) taken.set(port, 'a port of the balancer');
  for (const port of gateway ? [LITELLM_PORT, STANDBY_PORT] : []) taken.set(port, 'a port of LiteLLM itself');
  return gateway ? taken.set(gateway.bindPort, 'litellm_bind_port') : taken;
}

/** What an earlier deploy wrote, when nobody names a password. */
function written(host: Host): unknown {
  const { values } = readVariables(host, [{ name: ADMIN_PASSWORD, type: 'secret', doc: '' }]);
  return values[ADMIN_PASSWORD];
}

function listening(bind: string): { bindHost: string; bindPort: number } {
  const at = bind.lastIndexOf(':');
  return { bindHost: bind.slice(0, at).replace(/^\[(.*)\]$/, '$1'), bindPort: Number(bind.slice(at + 1)) };
}
