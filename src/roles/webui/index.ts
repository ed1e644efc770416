// Role `webui`: Open WebUI, installed by hxllm or by somebody else, that talks to the gateway with a key of its own.

import type { SeenWebui } from '../../open-webui.js';
import { type ConnectionSpec, connection, isFresh } from '../../resources/connection.js';
import type { Resource } from '../../resources/kind.js';
import type { UpgradeSpec } from '../../resources/upgrade.js';
import { Secret } from '../../secret.js';
import { PROXY_UNIT, WEBUI_UNIT } from '../../stack/places.js';
import type { WebuiHost } from '../../stack/stack.js';
import { WEBUI_VARIABLES } from '../../stack/webui-variables.js';
import { everyHost } from '../every-host.js';
import { rates } from '../logs.js';
import type { Role } from '../role.js';
import { installation, portOf } from './installation.js';
import { softwareOf } from './software.js';

export const webui: Role = {
  name: 'webui',
  title: 'Open WebUI',
  doc: 'installs Open WebUI behind HAProxy, or connects the one that is there, to the gateway with a key of its own',
  group: 'hxllm_webui_group',
  variables: WEBUI_VARIABLES,
  units: [WEBUI_UNIT, PROXY_UNIT],
  hosts: (stack) => stack.webuis,
  resources: (host) => resources(host as WebuiHost),
};

const ID = 'open-webui';

function resources(host: WebuiHost): Resource[] {
  const spec: ConnectionSpec = {
    url: host.baseUrl,
    key: host.key ?? new Secret(''),
    unit: String(host.vars.webui_unit ?? WEBUI_UNIT),
    access: host.vars.webui_model_access as ConnectionSpec['access'],
    models: host.models,
  };
  const when = { kind: connection.name, id: ID, holds: isFresh, name: 'nobody else installed Open WebUI' };
  return [
    ...everyHost(host),
    { kind: connection.name, id: ID, spec },
    ...(host.isWithGateway ? [portOf(host)] : []),
    ...installation(host).map((resource) => ({ ...resource, when })),
    ...newRelease(host, spec.unit),
    ...rates('open-webui', host.vars, spec.unit),
  ];
}

/** Only when a person names it: an install that was there keeps its release. */
function newRelease({ vars }: WebuiHost, unit: string): Resource[] {
  const version = vars.webui_version as string | undefined;
  if (version === undefined) return [];
  const { software, venv } = softwareOf(vars);
  const when = {
    kind: connection.name,
    id: ID,
    name: `somebody else installed another release than ${version}`,
    holds: (seen: unknown) => isOlder(seen as SeenWebui, version),
  };
  const spec: UpgradeSpec = { version, venv, unit, slim: vars.webui_slim === true };
  return [...software.map((resource) => ({ ...resource, when })), { kind: 'upgrade', id: ID, spec }];
}

const isOlder = (seen: SeenWebui | undefined, version: string) =>
  seen?.state === 'foreign' && seen.version !== version;
