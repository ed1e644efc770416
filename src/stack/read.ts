// From the inventory to a Stack: the only place where variables become meaning.
import { HxError } from '../errors.js';
import type { Host, Inventory, Value } from '../inventory/types.js';
import { Secret } from '../secret.js';
import { BACKEND_VARIABLES } from './backend-variables.js';
import { backendOf, distinct, setsOf } from './backends.js';
import { GATEWAY_TLS, readAuthority, readCertificate } from './certificate.js';
import { ADMIN, previousKeys, readClients } from './clients.js';
import { COMMON_VARIABLES } from './common-variables.js';
import { GATEWAY_VARIABLES } from './gateway-variables.js';
import { readHostVariables } from './host-variables.js';
import { keySource } from './key-source.js';
import { fullName, modelOf, modelsOffered } from './models.js';
import { addOpenings } from './openings.js';
import { LITELLM_PORT, STANDBY_PORT } from './places.js';
import type { BackendHost, GatewayHost, Model, Stack } from './stack.js';
import { unfinishedRotations, unfinishedText } from './unfinished.js';
import { type Problem, readVariables, tellOf } from './variable.js';
import { readWebui } from './webui.js';

const OWN_PORTS = [LITELLM_PORT, STANDBY_PORT];

export const NO_WEBUI = 'no Open WebUI';

export interface Groups {
  gateway: string;
  backend: string;
  webui: string;
}

/** Which groups play the roles. */
export function groupsOf(inventory: Inventory): Groups {
  const first = inventory.hosts.values().next().value;
  const read = first ? readVariables(first, COMMON_VARIABLES).values : {};
  return {
    gateway: String(read.hxllm_gateway_group ?? 'litellm'),
    backend: String(read.hxllm_backend_group ?? 'llm'),
    webui: String(read.hxllm_webui_group ?? 'webui'),
  };
}

/** Reads everything and collects every problem; a Stack only when there is none. */
export function readStack(inventory: Inventory): { stack?: Stack; problems: Problem[] } {
  const { stack, problems } = readMembers(inventory);
  return problems.length > 0 ? { problems } : { stack, problems };
}

/** As readStack, with what could be read in spite of the problems. */
export function readMembers(inventory: Inventory): { stack: Stack; problems: Problem[] } {
  const groups = groupsOf(inventory);
  const problems: Problem[] = [];
  const notices: string[] = [];
  const gatewayHosts = inventory.members(groups.gateway);
  if (gatewayHosts.length === 0) {
    const hint = `add a group [${groups.gateway}] with the gateway's host, or name yours: -e hxllm_gateway_group=…`;
    const sources = inventory.sources.join(', ');
    problems.push({
      host: '',
      variable: 'hxllm_gateway_group',
      message: `no host in group [${groups.gateway}]`,
      where: sources,
      hint,
    });
  }
  const backends = inventory.members(groups.backend).map((host) => readBackend(host, problems));
  const gateways = gatewayHosts.map((host) => readGateway(host, inventory, groups, backends, problems));
  for (const backend of backends) addModels(backend, gateways);
  const webuis = inventory.members(groups.webui).map((host) => readWebui(host, gateways, backends, problems));
  for (const webui of webuis) {
    const beside = gateways.find((g) => g.name === webui.name);
    if (beside) beside.webui = webui;
  }
  addOpenings({ gateways, backends, webuis }, problems);
  if (webuis.length === 0) notices.push(`${NO_WEBUI}: add a group [${groups.webui}] with its host`);
  for (const { host, unfinished } of gateways) {
    for (const { message, hint } of unfinished.map((u) => unfinishedText(u)))
      notices.push(`${message}; finish it with: ${hint}`);
    if (host.variables().some((name) => name.startsWith('litellm_db_')))
      notices.push('litellm_db_* changes nothing: client keys need no database');
  }
  return { stack: { gateways, backends, webuis, notices: [...new Set(notices)] }, problems };
}

/** The stack, or an error that lists all problems; `leave`: those that the caller does without. */
export function stackOf(inventory: Inventory, leave: (problem: Problem) => boolean = () => false): Stack {
  const { stack, problems: found } = readMembers(inventory);
  const problems = found.filter((problem) => !leave(problem));
  if (problems.length === 0) return stack;
  throw problemsError(problems);
}

function problemsError(problems: readonly Problem[]): HxError {
  const lines = [...new Set(problems.map(showProblem))];
  const hints = [...new Set(problems.flatMap((p) => p.hint ?? []))];
  return new HxError({
    code: 'variable',
    message:
      lines.length === 1
        ? (lines[0] as string)
        : `${lines.length} problems in the inventory\n${lines.map((l) => `  ${l}`).join('\n')}`,
    hint: [...hints, 'hxllm inventory check'],
  });
}

export function showProblem({ variable, message, where }: Problem): string {
  const text =
    message.includes(variable) || variable === 'hxllm_gateway_group' ? message : `${variable} ${message}`;
  return where && !text.startsWith(where) ? `${where}: ${text}` : text;
}

function readBackend(host: Host, problems: Problem[]): BackendHost {
  const { values, problems: found } = readHostVariables(host, BACKEND_VARIABLES);
  problems.push(...found);
  const problem = tellOf(host, problems);
  if (values.ollama_archive && !values.ollama_sha256)
    problem(
      'ollama_archive',
      'ollama_sha256 is required with ollama_archive',
      'add the SHA-256 that the release publishes, or that sha256sum prints',
    );
  const models = ((values.ollama_models as string[]) ?? []).map(fullName);
  return {
    role: 'backend',
    host,
    name: host.name,
    port: Number(values.ollama_port ?? 11434),
    authority: readAuthority(values, problem),
    models,
    openings: [],
    vars: values,
  };
}

function readGateway(
  host: Host,
  inventory: Inventory,
  groups: Groups,
  managed: BackendHost[],
  problems: Problem[],
): GatewayHost {
  const { values, problems: found } = readHostVariables(host, GATEWAY_VARIABLES);
  problems.push(...found);
  const problem = tellOf(host, problems);
  const urls =
    (values.litellm_backends as string[] | undefined) ?? managed.map((b) => `http://${b.name}:${b.port}`);
  if (urls.length === 0)
    problem(
      'litellm_backends',
      'no backend',
      `add a group [${groups.backend}] with the hosts that run Ollama, or litellm_backends`,
    );
  const backends = distinct(urls.map((url) => backendOf(url, inventory, groups.backend)));
  const bindPort = Number(values.litellm_bind_port ?? 4000);
  if (OWN_PORTS.includes(bindPort))
    problem(
      'litellm_bind_port',
      `${bindPort} is a port that LiteLLM itself uses`,
      'choose another one, e.g. 4000',
    );
  const neighbours = managed.filter((b) => b.name === host.name);
  for (const { port } of neighbours) {
    if (port === bindPort)
      problem(
        'litellm_bind_port',
        `${bindPort} is also ollama_port of ${host.name}`,
        'give one of them another port',
      );
    if (OWN_PORTS.includes(port))
      problem('ollama_port', `${port} is a port that LiteLLM itself uses`, 'choose another one, e.g. 11434');
  }
  const models = readModels(
    values.litellm_models as Record<string, Value>[] | undefined,
    backends,
    managed,
    (m) => problem('litellm_models', m),
  );
  const scheme = values.litellm_tls_certificate ? 'https' : 'http';
  const baseUrl = String(values.litellm_base_url ?? `${scheme}://${host.name}:${bindPort}`);
  const told = problems.some((p) => p.host === host.name && p.variable === 'litellm_models');
  if (models.length === 0 && urls.length > 0 && !told)
    problem('litellm_models', 'no model is named', 'set litellm_models, or ollama_models on the backends');
  const masterKey = (values.litellm_master_key as Secret | undefined) ?? new Secret('');
  const entries = (values.litellm_clients as Record<string, Value>[] | undefined) ?? [];
  const wrong = (message: string, hint?: string) => problem('litellm_clients', message, hint);
  const clients = readClients(host, entries, models, masterKey, wrong);
  const source = values.litellm_master_key ? keySource(host, 'litellm_master_key') : undefined;
  const admin = { name: ADMIN, key: masterKey, admin: true, ...(source ? { source } : {}) };
  return {
    role: 'gateway',
    host,
    name: host.name,
    bindHost: String(values.litellm_bind_host ?? '0.0.0.0'),
    bindPort,
    baseUrl: baseUrl.replace(/\/v1$/, ''),
    certificate: readCertificate(values, GATEWAY_TLS, baseUrl, problem),
    authority: readAuthority(values, problem),
    masterKey,
    clients,
    previous: previousKeys(host, [admin, ...clients], wrong),
    unfinished: unfinishedRotations(host, [admin, ...clients]),
    backends,
    sets: setsOf(models, backends, [bindPort, ...neighbours.map((b) => b.port)]),
    models,
    openings: [],
    vars: values,
  };
}

function readModels(
  entries: Record<string, Value>[] | undefined,
  backends: GatewayHost['backends'],
  managed: BackendHost[],
  problem: (message: string) => void,
): Model[] {
  if (entries === undefined) {
    return modelsOffered(
      new Map(backends.map((b) => [b.name, managed.find((m) => m.name === b.host)?.models ?? []])),
    );
  }
  const models: Model[] = [];
  for (const entry of entries) {
    const model = modelOf(entry, backends);
    if ('wrong' in model) problem(model.wrong);
    else if (models.some((m) => m.name === model.name)) problem(`${model.name} is named twice`);
    else models.push(model);
  }
  return models;
}

/** A model of the gateway that goes to a managed backend must be on it. */
function addModels(backend: BackendHost, gateways: GatewayHost[]): void {
  const wanted = new Set(backend.models);
  for (const gateway of gateways) {
    const name = gateway.backends.find((b) => b.host === backend.name)?.name;
    for (const model of gateway.models)
      if (name && model.backends.includes(name)) wanted.add(fullName(model.model));
  }
  backend.models = [...wanted].sort();
}
