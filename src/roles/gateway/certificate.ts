// The certificate of the gateway, as HAProxy reads it: a new one is taken by a reload, which no client notices.
import type { FileSpec } from '../../resources/file.js';
import type { Resource } from '../../resources/kind.js';
import type { Certificate } from '../../stack/certificate.js';
import { PROXY_UNIT } from '../../stack/places.js';
import { reload } from '../handlers.js';

export const CERTIFICATE = '/etc/haproxy/litellm.pem';

const FILE: FileSpec = { content: '', mode: '0640', owner: 'root', group: 'haproxy', secret: true };

/** One whose variables are gone: a key stays nowhere. */
export const OLD_CERTIFICATE: Resource = { kind: 'file', id: CERTIFICATE, spec: FILE };

export function certificate({ chain, key, expires }: Certificate, now = new Date()): Resource {
  const refuse = {
    message: `litellm_tls_certificate expired on ${expires.toISOString().slice(0, 10)}`,
    hint: 'give the file of a new one, with its key in litellm_tls_key',
  };
  const spec: FileSpec = {
    ...FILE,
    content: `${chain}${key.reveal().trim()}\n`,
    ...(expires < now ? { refuse } : {}),
  };
  return { kind: 'file', id: CERTIFICATE, spec, notify: [reload(PROXY_UNIT)] };
}
