// An authority of one's own that a host trusts: curl and what uses the host's list, and by its environment what brings its own.
import type { Handler, Resource } from '../resources/kind.js';
import { MARK } from '../resources/original.js';
import { AUTHORITY, PROXY_UNIT } from '../stack/places.js';
import { templateText } from '../templates.js';

/** The host's list, ours on it: for programs that bring a list of their own, as Python's and Node's do. */
export const TRUSTED = '/etc/ssl/certs/ca-certificates.crt';

const ROOT = { mode: '0644', owner: 'root', group: 'root' };
// --fresh: what is gone goes from the list, too
const script = 'update-ca-certificates --fresh >/dev/null';
const update: Handler = { id: 'update-ca-certificates', order: 0, script, undo: script };
const tell = `! systemctl is-active -q ${PROXY_UNIT} || systemctl reload ${PROXY_UNIT}`;
/** HAProxy reads the list once, for backends with TLS. */
const reread: Handler = { id: `let ${PROXY_UNIT} read the list`, order: 10, script: tell, undo: tell };

/** `authority`: its certificate in PEM; undefined = what hxllm put there goes. */
export function trust(authority: string | undefined): Resource[] {
  const gone = authority === undefined ? ({ gone: true } as const) : {};
  return [
    {
      kind: 'file',
      id: AUTHORITY,
      spec: { content: `${MARK}\n${authority ?? ''}`, ...ROOT },
      notify: [update, reread],
      ...gone,
    },
    {
      kind: 'file',
      id: '/etc/profile.d/hxllm-trust.sh',
      spec: { content: templateText('common/trust.sh'), ...ROOT },
      ...gone,
    },
  ];
}
