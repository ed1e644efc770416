// A certificate as HAProxy reads it: a new one is taken by a reload, which no client notices.
import type { FileSpec } from '../resources/file.js';
import type { Resource } from '../resources/kind.js';
import type { Certificate } from '../stack/certificate.js';
import { PROXY_UNIT } from '../stack/places.js';
import { reload } from './handlers.js';

export const GATEWAY_PEM = '/etc/haproxy/litellm.pem';
export const WEBUI_PEM = '/etc/haproxy/open-webui.pem';

export function certificate(
  { chain, key, expires, variable }: Certificate,
  path: string,
  now = new Date(),
): Resource {
  const refuse = {
    message: `${variable} expired on ${expires.toISOString().slice(0, 10)}`,
    hint: `hxllm certificates renew, or give the file of a new one, with its key in ${variable.replace('certificate', 'key')}`,
  };
  const spec: FileSpec = {
    content: `${chain}${key.reveal().trim()}\n`,
    mode: '0640',
    owner: 'root',
    group: 'haproxy',
    secret: true,
    ...(expires < now ? { refuse } : {}),
  };
  return { kind: 'file', id: path, spec, notify: [reload(PROXY_UNIT)] };
}
