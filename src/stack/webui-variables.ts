// The web UI's variables.
import type { Variable } from './variable.js';

const ACCESS = ['bypass', 'grants', 'leave'];

const isBind = (text: string) => {
  const port = Number(/^(?:\[[0-9a-f:.]+\]|[\w.-]+):(\d+)$/i.exec(text)?.[1]);
  return port >= 1 && port <= 65535;
};

export const WEBUI_VARIABLES: readonly Variable[] = [
  {
    name: 'webui_bind',
    type: 'string',
    default: '127.0.0.1:8080',
    doc: 'address and port that Open WebUI itself listens on, behind HAProxy',
    refuse: (value) =>
      isBind(String(value))
        ? undefined
        : { message: 'should be ADDRESS:PORT', hint: 'for example 127.0.0.1:8080' },
  },
  {
    name: 'webui_port',
    type: 'port',
    defaultDoc: '80, 443 with a certificate',
    doc: 'port on which HAProxy serves a fresh install to browsers',
  },
  {
    name: 'webui_url',
    type: 'url',
    defaultDoc: 'http://HOST, https:// with a certificate',
    doc: 'address that people open',
  },
  {
    name: 'webui_tls_certificate',
    type: 'string',
    doc: 'PEM file on the control node, the certificate of the web UI first: webui_port then speaks TLS, and port 80 leads there',
  },
  {
    name: 'webui_tls_key',
    type: 'secret',
    doc: 'text of its private key in PEM; usually "{{ vault_webui_tls_key }}"',
  },
  {
    name: 'webui_allowed_origins',
    type: 'strings',
    defaultDoc: "webui_url, and the host's other names",
    doc: 'origins whose pages may speak to it, e.g. https://chat.example.com',
  },
  {
    name: 'webui_auth_enabled',
    type: 'boolean',
    default: true,
    doc: 'people sign in; false only before the first start of an installation that nobody else reaches',
  },
  {
    name: 'webui_admin_email',
    type: 'string',
    default: 'admin@localhost',
    doc: 'account of the administrator that a fresh install gets',
  },
  {
    name: 'webui_admin_password',
    type: 'secret',
    defaultDoc: 'vault_webui_admin_password, which the first deploy makes and writes beside the master key',
    doc: "that administrator's password; a later change is made in Open WebUI itself",
  },
  {
    name: 'webui_secret_key',
    type: 'secret',
    defaultDoc: 'made once on the host',
    doc: 'what it signs sessions with: never changed by hxllm',
  },
  {
    name: 'webui_client',
    type: 'string',
    default: 'open-webui',
    doc: 'the entry of litellm_clients whose key it has; made by the first deploy',
  },
  {
    name: 'webui_model_access',
    type: 'string',
    defaultDoc: 'bypass on a fresh install, leave on one that was there',
    doc: 'who sees the models: bypass = every user all; grants = every user those of litellm_models; leave = as administrators set it',
    refuse: (value) =>
      ACCESS.includes(String(value))
        ? undefined
        : { message: `should be ${ACCESS.join(', ')}`, hint: 'leave it out for the default' },
  },
  {
    name: 'webui_version',
    type: 'string',
    defaultDoc: '0.12.4 on a fresh install; one that was there keeps its own',
    doc: 'release of Open WebUI; picks a lock that hxllm ships, and upgrades an older install, see docs/webui.md',
  },
  {
    name: 'webui_lock',
    type: 'string',
    doc: 'own lock file on the control node, with hashes, instead of a shipped one',
  },
  {
    name: 'webui_unit',
    type: 'string',
    defaultDoc: 'open-webui.service, else the unit of the process that is found',
    doc: 'systemd unit of an install that was there',
  },
  {
    name: 'webui_slim',
    type: 'boolean',
    default: false,
    doc: 'an upgrade may leave out what the slim install lacks: local embeddings, speech, readers of PDF and Word files',
  },
  {
    name: 'webui_environment',
    type: 'map',
    doc: 'further environment of a fresh install, e.g. { ENABLE_TITLE_GENERATION: "true" }, which asks a model for a title of each chat',
  },
];
