// Role `gateway`: LiteLLM behind HAProxy.
import type { Resource } from '../../resources/kind.js';
import type { ServiceSpec } from '../../resources/service.js';
import { GATEWAY_VARIABLES } from '../../stack/gateway-variables.js';
import { LITELLM_PORT, LITELLM_UNIT, PROXY_UNIT, STANDBY_PORT } from '../../stack/places.js';
import type { GatewayHost } from '../../stack/stack.js';
import { render } from '../../templates.js';
import { everyHost } from '../every-host.js';
import { daemonReload } from '../handlers.js';
import { rates } from '../logs.js';
import type { Role } from '../role.js';
import { haproxy } from './haproxy.js';
import { installation } from './installation.js';
import { keys } from './keys.js';
import { prune } from './prune.js';
import { releaseOf } from './release.js';
import { serveAgain, switchOver } from './switch.js';
import { ownPort } from './take-over.js';

const STANDBY = 'litellm-standby.service';
const ROOT = { owner: 'root', group: 'root' };

const READY: ServiceSpec = {
  ready: `curl -fsS -o /dev/null --max-time 5 http://127.0.0.1:${LITELLM_PORT}/health/readiness 2>/dev/null`,
  within: 120,
  port: LITELLM_PORT,
  // nothing serves that could be protected: the staged release is the current one at once
  before:
    'if [ "$(readlink /etc/litellm/next)" = "releases/$ID" ]; then mv -fT /etc/litellm/next /etc/litellm/current; fi',
};

export const gateway: Role = {
  name: 'gateway',
  title: 'LiteLLM gateway',
  doc: 'installs LiteLLM from a lock, behind HAProxy, which balances the backends',
  group: 'hxllm_gateway_group',
  variables: GATEWAY_VARIABLES,
  units: [LITELLM_UNIT, PROXY_UNIT],
  hosts: (stack) => stack.gateways,
  resources: (host) => resources(host as GatewayHost),
};

function resources(host: GatewayHost): Resource[] {
  const again = switchOver(LITELLM_UNIT, host.vars);
  const { install, venv } = installation(host.vars, [again]);
  return [
    ...everyHost(host),
    ...install,
    { kind: 'directory', id: '/etc/litellm', spec: { mode: '0755', ...ROOT } },
    { kind: 'directory', id: '/etc/litellm/releases', spec: { mode: '0755', ...ROOT } },
    {
      kind: 'generated',
      id: '/etc/litellm/internal.env',
      spec: { prefix: 'LITELLM_MASTER_KEY=sk-', mode: '0600', ...ROOT },
    },
    ...keys(host),
    unit(LITELLM_UNIT, 'LiteLLM gateway', 'current', LITELLM_PORT, true, [daemonReload, again]),
    unit(STANDBY, 'LiteLLM gateway, standby during a change', 'next', STANDBY_PORT, false, [daemonReload]),
    { kind: 'release', id: 'litellm', spec: releaseOf(host, venv), notify: [again, prune] },
    { kind: 'port', id: String(host.bindPort), spec: ownPort(host) },
    { kind: 'link', id: '/etc/litellm/config.yaml', spec: { to: 'current/config.yaml' } },
    { kind: 'service', id: LITELLM_UNIT, spec: { ...READY, after: serveAgain(host.vars) } },
    ...rates('litellm', host.vars),
    ...haproxy(host),
  ];
}

function unit(
  id: string,
  description: string,
  release: string,
  port: number,
  main: boolean,
  notify: NonNullable<Resource['notify']>,
): Resource {
  const content = render('litellm/litellm.service.hbs', {
    description,
    release,
    port,
    restart: main ? 'on-failure' : 'no',
    install: main,
  });
  return { kind: 'unit', id, spec: { content }, notify };
}
