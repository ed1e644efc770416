// An Open WebUI of hxllm's own: packages, user, venv, environment, unit, and HAProxy in front.
import { readFileSync } from 'node:fs';
import type { Handler, Resource } from '../../resources/kind.js';
import type { ServiceSpec } from '../../resources/service.js';
import { addressOf, PROXY_UNIT, WEBUI_UNIT } from '../../stack/places.js';
import type { WebuiHost } from '../../stack/stack.js';
import { render, templatePath } from '../../templates.js';
import { daemonReload, restart } from '../handlers.js';
import { common, configurationFile, proxy, webuiSection } from '../haproxy.js';
import { lockOf, UV_VERSION } from '../lock.js';
import { environment } from './environment.js';

/** The release that a fresh install gets. */
export const NEWEST = '0.12.4';
/** Its wheel says so, and uv does not look (facts of 0.12.4: `<3.13`). */
const PYTHONS = ['3.12', '3.11'];
const ROOT = { owner: 'root', group: 'root' };
const FOLDER = { mode: '0755', ...ROOT };
const HOME = '/var/lib/open-webui';

export function installation(host: WebuiHost): Resource[] {
  const { vars, bindHost, bindPort } = host;
  const lock = lockOf('open-webui', vars, String(vars.webui_version ?? NEWEST));
  const venv = `/opt/open-webui/venvs/${lock.sha256.slice(0, 12)}`;
  const ready: ServiceSpec = {
    ready: `curl -fsS -o /dev/null --max-time 5 http://${addressOf(bindHost)}:${bindPort}/ready 2>/dev/null`,
    // the first start makes the database
    within: 180,
    port: bindPort,
  };
  const again: Handler = restart(WEBUI_UNIT, ready);
  const source = {
    ...(vars.litellm_index_url ? { indexUrl: vars.litellm_index_url as string } : {}),
    ...(vars.litellm_find_links ? { findLinks: vars.litellm_find_links as string } : {}),
  };
  const unit = render('open-webui/open-webui.service.hbs', {
    venv,
    host: bindHost,
    port: bindPort,
    ownSecret: vars.webui_secret_key === undefined,
  });
  return [
    {
      kind: 'packages',
      id: 'packages',
      spec: { names: ['ca-certificates', 'curl', 'python3', 'python3-venv'] },
    },
    { kind: 'user', id: 'open-webui', spec: { home: HOME } },
    { kind: 'directory', id: '/etc/open-webui', spec: FOLDER },
    { kind: 'directory', id: '/opt/open-webui', spec: FOLDER },
    { kind: 'directory', id: '/opt/open-webui/venvs', spec: FOLDER },
    {
      kind: 'uv',
      id: 'uv',
      spec: {
        version: UV_VERSION,
        requirements: readFileSync(templatePath('uv/requirements.txt'), 'utf8'),
        ...source,
      },
    },
    {
      kind: 'venv',
      id: venv,
      spec: {
        lock,
        uvVersion: UV_VERSION,
        pythons: PYTHONS,
        // the wheel asks for what the slim install leaves out
        noDependencies: true,
        hint: 'Debian 13 has 3.13 only: add Python 3.11 of Debian 12 there, or put Open WebUI on another host',
        ...source,
      },
    },
    ...(vars.webui_secret_key === undefined
      ? [
          {
            kind: 'generated',
            id: '/etc/open-webui/secret.env',
            spec: { prefix: 'WEBUI_SECRET_KEY=', mode: '0600', ...ROOT },
          },
        ]
      : []),
    {
      kind: 'file',
      id: '/etc/open-webui/env',
      spec: { content: environment(host, HOME), mode: '0600', ...ROOT, secret: true },
      notify: [again],
    },
    { kind: 'unit', id: WEBUI_UNIT, spec: { content: unit }, notify: [daemonReload, again] },
    { kind: 'service', id: WEBUI_UNIT, spec: ready },
    ...(host.isWithGateway ? [] : front(host)),
  ];
}

/** On a gateway its own haproxy.cfg has the section. */
function front(host: WebuiHost): Resource[] {
  const ready = `curl -s -o /dev/null --max-time 5 http://127.0.0.1:${host.port}/`;
  return [
    { kind: 'packages', id: 'packages', spec: { names: ['haproxy'] } },
    portOf(host),
    ...proxy(configurationFile(`${common(600)}\n${webuiSection(host)}`), {
      ready,
      within: 30,
      port: host.port,
    }),
  ];
}

export function portOf({ port }: WebuiHost): Resource {
  const hint = 'stop it, or give webui_port another value';
  return { kind: 'port', id: String(port), spec: { address: '0.0.0.0', unit: PROXY_UNIT, hint } };
}
