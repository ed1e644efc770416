// The gateway's variables: the guide's names are the interface.
import type { Secret } from '../secret.js';
import type { Variable } from './variable.js';

const PUBLIC_KEYS = new Set(['sk-1234567890abcdef-test-key-please-replace', 'sk-1234']);
export const KEY_HINT =
  'make one with: echo "sk-$(openssl rand -hex 24)", and put it into the vault with: hxllm vault edit <file>';

/** What is wrong with a key, if anything. */
export function keyFault(secret: Secret): string | undefined {
  const key = secret.reveal();
  if (PUBLIC_KEYS.has(key)) return 'is a key that everybody knows';
  if (!key.startsWith('sk-')) return 'must begin with sk-';
  if (key.length < 20) return 'is shorter than 20 characters';
  if (!/^[\x21-\x7e]+$/.test(key)) return 'has a space, or a character that no header can carry';
  return undefined;
}

/** Releases of LiteLLM that must not be deployed (source: LiteLLM's security notices, see docs/versions.md). */
export const REFUSED_VERSIONS: Record<string, string> = {
  '1.82.7': 'carries a credential stealer (PyPI compromise of 2026-03-24)',
  '1.82.8': 'carries a credential stealer (PyPI compromise of 2026-03-24)',
};

export const GATEWAY_VARIABLES: readonly Variable[] = [
  {
    name: 'litellm_bind_host',
    type: 'string',
    default: '0.0.0.0',
    doc: 'address that clients reach the gateway at',
  },
  { name: 'litellm_bind_port', type: 'port', default: 4000, doc: 'port that clients reach the gateway at' },
  {
    name: 'litellm_allowed_networks',
    type: 'networks',
    defaultDoc: 'everybody',
    doc: 'networks that may come to the gateway, besides its web UIs and the other gateways, and to a web UI that hxllm installed',
  },
  {
    name: 'litellm_base_url',
    type: 'url',
    defaultDoc: 'http://<host>:<litellm_bind_port>, https:// with a certificate',
    doc: 'URL that clients use, without /v1',
  },
  {
    name: 'litellm_tls_certificate',
    type: 'string',
    doc: 'PEM file on the control node, the certificate of the gateway first: litellm_bind_port then speaks TLS',
  },
  {
    name: 'litellm_tls_key',
    type: 'secret',
    doc: 'text of its private key in PEM; usually "{{ vault_litellm_tls_key }}"',
  },
  {
    name: 'litellm_backends',
    type: 'list of urls',
    defaultDoc: 'the hosts of [llm], port 11434',
    doc: 'Ollama servers that the gateway uses; they need not be in the inventory',
  },
  {
    name: 'litellm_master_key',
    type: 'secret',
    required: true,
    doc: 'the administrator\'s key; usually "{{ vault_litellm_master_key }}"',
    refuse: (value) => {
      const message = keyFault(value as Secret);
      return message ? { message, hint: KEY_HINT } : undefined;
    },
  },
  {
    name: 'litellm_clients',
    type: 'list of maps',
    doc: 'keys of clients: [{name, key, models, rpm, tpm, parallel, expires, metrics}]; what is left out is not limited',
  },
  {
    name: 'litellm_models',
    type: 'list of maps',
    defaultDoc: 'what each backend lists in ollama_models, with : as - in the public name',
    doc: 'models that every backend offers: [{name, provider, model, mode}]; mode is chat (default) or embedding',
  },
  {
    name: 'litellm_version',
    type: 'string',
    default: '1.106.2',
    doc: 'release of LiteLLM; picks a lock that hxllm ships',
    refuse: (value) => {
      const why = REFUSED_VERSIONS[String(value)];
      return why
        ? { message: `${value} ${why}`, hint: 'leave litellm_version out: the default is known to work' }
        : undefined;
    },
  },
  {
    name: 'litellm_lock',
    type: 'string',
    doc: 'own lock file on the control node, with hashes, instead of a shipped one',
  },
  {
    name: 'litellm_python_version',
    type: 'string',
    defaultDoc: "the distribution's",
    doc: 'Python of the gateway, e.g. "3.12"; it must be on the host',
  },
  {
    name: 'litellm_index_url',
    type: 'url',
    doc: 'package index that the host uses instead of the public one',
  },
  {
    name: 'litellm_find_links',
    type: 'string',
    doc: 'folder or URL with wheels, on the host, for hosts without an index',
  },
  {
    name: 'litellm_request_timeout',
    type: 'positive integer',
    default: 600,
    doc: 'seconds that one request may take, with all its tries',
  },
  {
    name: 'litellm_backend_timeout',
    type: 'positive integer',
    defaultDoc: 'litellm_request_timeout',
    doc: 'seconds without a byte of a backend after which it is given up (docs/balancing.md)',
  },
  {
    name: 'litellm_max_retries',
    type: 'integer',
    default: 2,
    doc: 'times that LiteLLM tries a failed request again',
  },
  {
    name: 'litellm_max_request_mb',
    type: 'positive integer',
    defaultDoc: 'no limit',
    doc: 'megabytes that one request may have: a larger one gets 413, one of unknown length 411',
  },
  {
    name: 'litellm_max_rpm',
    type: 'positive integer',
    defaultDoc: 'no limit',
    doc: 'requests a minute of all clients together, without the administrator: what comes on top gets 429',
  },
  {
    name: 'litellm_max_parallel',
    type: 'positive integer',
    defaultDoc: 'no limit',
    doc: 'requests at once of all clients together, without the administrator: what comes on top gets 429',
  },
  {
    name: 'litellm_drain_timeout',
    type: 'positive integer',
    default: 600,
    doc: 'seconds that running answers are waited for before LiteLLM is restarted',
  },
  {
    name: 'litellm_balancer',
    type: 'string',
    default: 'haproxy',
    doc: "who balances the backends: haproxy (by real connections) or litellm (the guide's literal form, see docs/balancing.md)",
    refuse: (value) =>
      value === 'haproxy' || value === 'litellm'
        ? undefined
        : { message: `is ${value}`, hint: 'write haproxy or litellm' },
  },
  {
    name: 'litellm_environment',
    type: 'map',
    doc: 'further environment of LiteLLM, e.g. keys of other providers',
  },
  {
    name: 'litellm_database',
    type: 'boolean',
    default: false,
    doc: "LiteLLM's own database mode; not supported yet",
    refuse: (value) =>
      value
        ? {
            message: 'database mode is not supported yet',
            hint: 'remove litellm_database: client keys work without it',
          }
        : undefined,
  },
];
