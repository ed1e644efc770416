// /etc/open-webui/env. Most of it counts at the first start only: afterwards Open WebUI's database rules (docs/webui.md).
import { createHash } from 'node:crypto';
import { Secret } from '../../secret.js';
import { urlHost } from '../../stack/places.js';
import type { WebuiHost } from '../../stack/stack.js';
import { urlOf } from '../../stack/webui.js';
import { render } from '../../templates.js';
import { TRUSTED } from '../trust.js';

export function environment(host: WebuiHost, home: string): string {
  const { vars, url, baseUrl, key, adminPassword, certificate, authority } = host;
  const access = vars.webui_model_access ?? 'bypass';
  const settings: Record<string, unknown> = {
    // the slim list of its wheel is what the lock has
    USE_SLIM_DOCKER: 'true',
    DATA_DIR: home,
    STATIC_DIR: `${home}/static`,
    HOME: home,
    ...(vars.webui_secret_key ? { WEBUI_SECRET_KEY: (vars.webui_secret_key as Secret).reveal() } : {}),
    WEBUI_URL: url,
    CORS_ALLOW_ORIGIN: origins(host).join(';'),
    ...(certificate ? { WEBUI_SESSION_COOKIE_SECURE: 'true', WEBUI_AUTH_COOKIE_SECURE: 'true' } : {}),
    // its own Python brings a list of authorities, which a private one is not on
    ...(authority ? trusting(authority) : {}),
    WEBUI_AUTH: vars.webui_auth_enabled === false ? 'False' : 'True',
    ENABLE_SIGNUP: 'false',
    WEBUI_ADMIN_EMAIL: vars.webui_admin_email,
    WEBUI_ADMIN_PASSWORD: adminPassword?.reveal() ?? '',
    WEBUI_ADMIN_NAME: 'Administrator',
    ENABLE_OLLAMA_API: 'false',
    ENABLE_OPENAI_API: 'true',
    OPENAI_API_BASE_URL: baseUrl,
    OPENAI_API_KEY: key?.reveal() ?? '',
    BYPASS_MODEL_ACCESS_CONTROL: access === 'bypass' ? 'true' : 'false',
    // a page in a browser sends tools otherwise, which many small models do not know
    DEFAULT_MODEL_PARAMS: '{"function_calling":"legacy"}',
    // each is one more completion behind every message, for which the next person waits
    ENABLE_TITLE_GENERATION: 'false',
    ENABLE_TAGS_GENERATION: 'false',
    ENABLE_FOLLOW_UP_GENERATION: 'false',
    OFFLINE_MODE: 'true',
    ENABLE_VERSION_UPDATE_CHECK: 'false',
    ...own(vars.webui_environment as Record<string, unknown> | undefined),
  };
  return render('open-webui/env.hbs', { environment: settings });
}

/** It reads the list when it starts: another authority on it is another environment, so it starts again. */
function trusting(authority: string): Record<string, string> {
  const mark = createHash('sha256').update(authority).digest('hex').slice(0, 16);
  return { SSL_CERT_FILE: TRUSTED, REQUESTS_CA_BUNDLE: TRUSTED, HXLLM_AUTHORITY: mark };
}

/** Lists and maps as JSON, which is how Open WebUI takes them; null is not set. */
function own(further: Record<string, unknown> = {}): Record<string, unknown> {
  const set = Object.entries(further).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(
    set.map(([name, value]) => {
      const plain = revealed(value);
      return [name, typeof plain === 'object' ? JSON.stringify(plain) : plain];
    }),
  );
}

function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, revealed(inner)]));
}

/** Whose pages may speak to it: a page that was opened by any of the host's names. */
function origins({ vars, url, host, name, port, certificate }: WebuiHost): string[] {
  if (vars.webui_allowed_origins) return vars.webui_allowed_origins as string[];
  const address = host.get('ansible_host');
  const names = [
    name,
    name.split('.')[0] as string,
    ...(typeof address === 'string' ? [urlHost(address)] : []),
  ];
  const own = names.map((n) => urlOf(n, port, certificate !== undefined));
  return [...new Set([new URL(url).origin, ...own])];
}
