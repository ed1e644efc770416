// A certificate as HAProxy reads it: a new one is taken by a reload, which no client notices.
import type { FileSpec } from '../resources/file.js';
import type { Resource } from '../resources/kind.js';
import { MARK } from '../resources/original.js';
import type { Certificate } from '../stack/certificate.js';
import { PROXY_UNIT } from '../stack/places.js';
import { reload } from './handlers.js';

export const GATEWAY_PEM = '/etc/haproxy/litellm.pem';
export const WEBUI_PEM = '/etc/haproxy/open-webui.pem';

const SPEC = { mode: '0640', owner: 'root', group: 'haproxy', secret: true } as const;

/** undefined = what hxllm put there goes: a key stays nowhere. */
export function certificate(own: Certificate | undefined, path: string, now = new Date()): Resource {
  const resource = { kind: 'file', id: path, notify: [reload(PROXY_UNIT)] };
  if (!own) return { ...resource, spec: { content: '', ...SPEC }, gone: true };
  const { chain, key, expires, variable } = own;
  const refuse = {
    message: `${variable} expired on ${expires.toISOString().slice(0, 10)}`,
    hint: `hxllm certificates renew, or give the file of a new one, with its key in ${variable.replace('certificate', 'key')}`,
  };
  const spec: FileSpec = {
    content: `${MARK}\n${chain}${key.reveal().trim()}\n`,
    ...SPEC,
    ...(expires < now ? { refuse } : {}),
  };
  return { ...resource, spec };
}

/** Certificates and the file that names them: what is wanted is there before it, what goes after it. */
export function around(certificates: readonly Resource[], proxy: readonly Resource[]): Resource[] {
  return [...certificates.filter((c) => !c.gone), ...proxy, ...certificates.filter((c) => c.gone)];
}
