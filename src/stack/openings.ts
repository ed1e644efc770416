// What each host's filter guards: its ports, and who of the inventory must come there. Pure.

import { showOrigin } from '../inventory/types.js';
import type { Opening } from '../opening.js';
import { hostOf, WEBUI_UNIT } from './places.js';
import {
  type BackendHost,
  type GatewayHost,
  type Member,
  membersOf,
  type Stack,
  type WebuiHost,
} from './stack.js';
import type { Problem } from './variable.js';

const SSH_PORT = 22;
const LOOPBACK = /^(127\.|::1$|localhost$)/;

/** Gives every member the openings of its whole host: a run of one role must not forget those of the others. */
export function addOpenings(stack: Omit<Stack, 'notices'>, problems: Problem[]): void {
  const members = membersOf(stack);
  for (const member of members) {
    const own = members.filter(({ name, vars }) => name === member.name && vars.hxllm_filter !== false);
    member.openings = own.flatMap((one) => openingsOf(one, stack));
    problems.push(...portsOfSsh(member));
  }
}

function openingsOf(member: Member, stack: Omit<Stack, 'notices'>): Opening[] {
  if (member.role === 'backend') return [ofOllama(member, stack.gateways)];
  const networks = member.vars.litellm_allowed_networks as string[] | undefined;
  if (!networks) return [];
  const at = { variable: 'litellm_allowed_networks', networks, hosts: [] };
  if (member.role === 'gateway') return [{ ...at, ...ofGateway(member, stack) }];
  const webui = String(member.vars.webui_unit ?? WEBUI_UNIT);
  // a gateway's own HAProxy serves whatever Open WebUI is there
  const front = member.isWithGateway ? at : { ...at, webui };
  return [
    { ...front, of: 'webui_port', port: member.port },
    ...(member.redirectPort === undefined ? [] : [{ ...front, of: 'webui_port', port: member.redirectPort }]),
    ...(LOOPBACK.test(member.bindHost) ? [] : [{ ...at, webui, of: 'webui_bind', port: member.bindPort }]),
  ];
}

function ofOllama({ name, port, vars }: BackendHost, gateways: readonly GatewayHost[]): Opening {
  const hosts = gateways.flatMap((gateway) => {
    const to = gateway.backends.filter((b) => b.host === name).map((b) => b.address);
    const coming = { name: gateway.name, to, ...(to.length === 0 ? { stays: true as const } : {}) };
    return gateway.name === name ? [] : [coming];
  });
  const networks = (vars.ollama_allowed_networks as string[] | undefined) ?? [];
  return { of: 'ollama_port', port, variable: 'ollama_allowed_networks', networks, hosts };
}

/** Its web UIs, and the other gateways. */
function ofGateway({ name, baseUrl, bindPort, host }: GatewayHost, stack: Omit<Stack, 'notices'>) {
  const isUser = (webui: WebuiHost) => webui.gateway === name || webui.baseUrl === `${baseUrl}/v1`;
  const must = [...stack.webuis.filter(isUser), ...stack.gateways].map((one) => one.name);
  const names = [...stack.webuis, ...stack.gateways].map((one) => one.name);
  const to = [...new Set([hostOf(baseUrl), addressOf(host) ?? name])];
  const hosts = [...new Set(names)].filter((one) => one !== name);
  const coming = hosts.map((one) =>
    must.includes(one) ? { name: one, to } : { name: one, to: [], stays: true as const },
  );
  return { of: 'litellm_bind_port', port: bindPort, hosts: coming };
}

/** SSH must never be among the ports that a filter guards. */
function portsOfSsh({ name, host, openings }: Member): Problem[] {
  const ports = [SSH_PORT, Number(textOf(host, 'ansible_port') ?? SSH_PORT)];
  return openings
    .filter(({ port }) => ports.includes(port))
    .map(({ port, of }) => ({
      host: name,
      variable: of,
      message: `${port} is the port of SSH: the filter must never close it`,
      where: showOrigin(host.origin(of)),
      hint: 'give it another port, or leave the ports of this host open: hxllm_filter: false',
    }));
}

const addressOf = (host: Member['host']) => textOf(host, 'ansible_host');

/** One that cannot be evaluated is told when the host is connected to. */
function textOf(host: Member['host'], variable: string): string | undefined {
  try {
    const value = host.get(variable);
    return value === undefined || value === null ? undefined : String(value);
  } catch {
    return undefined;
  }
}
