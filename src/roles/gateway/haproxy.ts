// HAProxy in front of LiteLLM and in front of the backends.
import { readFileSync } from 'node:fs';
import type { Resource } from '../../resources/kind.js';
import type { ServiceSpec } from '../../resources/service.js';
import { addressOf, urlHost } from '../../stack/places.js';
import type { Backend, GatewayHost } from '../../stack/stack.js';
import { render, templatePath } from '../../templates.js';
import { daemonReload, reload } from '../handlers.js';

export const PROXY_UNIT = 'haproxy.service';

const FOREIGN = 'move what it serves to another host, or remove its frontends and let hxllm write the file';

export function haproxy(host: GatewayHost): Resource[] {
  const root = { owner: 'root', group: 'root' };
  const ready: ServiceSpec = {
    ready: `curl -s -o /dev/null --max-time 5 http://${addressOf(host.bindHost)}:${host.bindPort}/`,
    within: 30,
    port: host.bindPort,
  };
  return [
    {
      kind: 'file',
      id: '/etc/haproxy/haproxy.cfg',
      spec: {
        content: configuration(host),
        mode: '0644',
        ...root,
        validate: '/usr/sbin/haproxy -c -q -f "$new"',
        ours: { mark: '# Written by hxllm', matters: /^(frontend|listen|backend)\s/m, hint: FOREIGN },
      },
      notify: [reload(PROXY_UNIT)],
    },
    {
      kind: 'unit',
      id: `${PROXY_UNIT}.d/hxllm.conf`,
      spec: { content: readFileSync(templatePath('haproxy/drop-in.conf'), 'utf8') },
      notify: [daemonReload],
    },
    { kind: 'service', id: PROXY_UNIT, spec: ready },
  ];
}

function configuration(host: GatewayHost): string {
  const sets = host.vars.litellm_balancer === 'litellm' ? [] : host.sets;
  return render('haproxy/haproxy.cfg.hbs', {
    bind: `${urlHost(host.bindHost)}:${host.bindPort}${host.bindHost === '::' ? ' v4v6' : ''}`,
    timeout: host.vars.litellm_request_timeout,
    sets: sets.map((set) => ({ id: set.id, port: set.port, servers: set.backends.map(server) })),
  });
}

function server({ name, address, port, tls }: Backend) {
  const options = tls
    ? ` ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt sni str(${address})`
    : '';
  return { name, address: urlHost(address), port, options };
}
