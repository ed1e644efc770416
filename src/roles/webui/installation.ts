// An Open WebUI of hxllm's own: user, environment, unit, and HAProxy in front.
import type { Handler, Resource } from '../../resources/kind.js';
import type { ServiceSpec } from '../../resources/service.js';
import { addressOf, PROXY_UNIT, WEBUI_UNIT } from '../../stack/places.js';
import type { WebuiHost } from '../../stack/stack.js';
import { render } from '../../templates.js';
import { around, certificate, WEBUI_PEM } from '../certificate.js';
import { daemonReload, restart } from '../handlers.js';
import { common, configurationFile, proxy, webuiSection } from '../haproxy.js';
import { environment } from './environment.js';
import { softwareOf } from './software.js';

const ROOT = { owner: 'root', group: 'root' };
const FOLDER = { mode: '0755', ...ROOT };
const HOME = '/var/lib/open-webui';

export function installation(host: WebuiHost): Resource[] {
  const { vars, bindHost, bindPort } = host;
  const { software, venv } = softwareOf(vars);
  const ready: ServiceSpec = {
    ready: `curl -fsS -o /dev/null --max-time 5 http://${addressOf(bindHost)}:${bindPort}/ready 2>/dev/null`,
    // the first start makes the database
    within: 180,
    port: bindPort,
  };
  const again: Handler = restart(WEBUI_UNIT, ready);
  const unit = render('open-webui/open-webui.service.hbs', {
    venv,
    host: bindHost,
    port: bindPort,
    ownSecret: vars.webui_secret_key === undefined,
  });
  return [
    // made anew at its place, it pulls its files away from who runs
    ...software.map((resource) => (resource.kind === 'venv' ? { ...resource, notify: [again] } : resource)),
    { kind: 'user', id: 'open-webui', spec: { home: HOME }, data: true },
    { kind: 'directory', id: '/etc/open-webui', spec: FOLDER },
    ...(vars.webui_secret_key === undefined
      ? [
          {
            kind: 'generated',
            id: '/etc/open-webui/secret.env',
            spec: { prefix: 'WEBUI_SECRET_KEY=', mode: '0600', ...ROOT },
            data: true as const,
          },
        ]
      : []),
    {
      kind: 'file',
      id: '/etc/open-webui/env',
      spec: { content: environment(host, HOME), mode: '0600', ...ROOT, secret: true, folder: true },
      notify: [again],
    },
    { kind: 'unit', id: WEBUI_UNIT, spec: { content: unit }, notify: [daemonReload, again] },
    { kind: 'service', id: WEBUI_UNIT, spec: ready },
    ...(host.isWithGateway ? [] : front(host)),
  ];
}

/** On a gateway its own haproxy.cfg has the section. */
function front(host: WebuiHost): Resource[] {
  const { port, certificate: own } = host;
  const ready = `curl -s${own ? 'k' : ''} -o /dev/null --max-time 5 ${own ? 'https' : 'http'}://127.0.0.1:${port}/`;
  return [
    { kind: 'packages', id: 'packages', spec: { names: ['haproxy'] } },
    ...portsOf(host),
    ...around(
      [certificate(own, WEBUI_PEM)],
      proxy(
        configurationFile(`${common(600)}\n${webuiSection(host)}`),
        { ready, within: 30, port },
        host.vars,
      ),
    ),
  ];
}

export function portsOf({ port, redirectPort }: WebuiHost): Resource[] {
  const hint = 'stop it, or give webui_port another value';
  const listening = (id: number) => ({
    kind: 'port',
    id: String(id),
    spec: { address: '0.0.0.0', unit: PROXY_UNIT, hint },
  });
  return [listening(port), ...(redirectPort ? [listening(redirectPort)] : [])];
}
