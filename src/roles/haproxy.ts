// HAProxy on a host: one file, with a section for each role that it serves there.
import type { FileSpec } from '../resources/file.js';
import type { Resource } from '../resources/kind.js';
import { MARK, originalOf } from '../resources/original.js';
import { isMade } from '../resources/packages.js';
import type { ServiceSpec } from '../resources/service.js';
import { addressOf, PROXY_UNIT } from '../stack/places.js';
import type { WebuiHost } from '../stack/stack.js';
import { render } from '../templates.js';
import { WEBUI_PEM } from './certificate.js';
import { reload } from './handlers.js';
import { haproxyLog, rates } from './logs.js';

export const CONFIGURATION = '/etc/haproxy/haproxy.cfg';

const FOREIGN = 'move what it serves to another host, or let hxllm replace the file: --adopt';

/** sh: it was here before hxllm, and gets its configuration back. */
const STAYS = `[ -e ${originalOf(CONFIGURATION)} ] && ! ${isMade('haproxy')}`;

/** `timeout`: seconds that an answer may take to begin. */
export function common(timeout: unknown, { slots = false } = {}): string {
  return render('haproxy/common.cfg.hbs', { timeout, slots });
}

export function webuiSection({
  port,
  bindHost,
  bindPort,
  url,
  certificate,
  redirectPort,
}: WebuiHost): string {
  const server = `${addressOf(bindHost)}:${bindPort}`;
  return render('haproxy/webui.cfg.hbs', {
    port,
    server,
    url,
    certificate: certificate && WEBUI_PEM,
    redirectPort,
  });
}

export function configurationFile(content: string): FileSpec {
  return {
    content,
    mode: '0644',
    owner: 'root',
    group: 'root',
    validate: '/usr/sbin/haproxy -c -q -f "$new"',
    keep: true,
    ours: { mark: MARK, matters: /^(frontend|listen|backend)\s/m, hint: FOREIGN },
  };
}

/** The file, the running service, and what is kept of its log. */
export function proxy(spec: FileSpec, ready: ServiceSpec, vars: Record<string, unknown>): Resource[] {
  return [
    { kind: 'file', id: CONFIGURATION, spec, notify: [reload(PROXY_UNIT)] },
    { kind: 'service', id: PROXY_UNIT, spec: { ...ready, stays: STAYS } },
    ...rates('haproxy', vars),
    ...haproxyLog(vars),
  ];
}
