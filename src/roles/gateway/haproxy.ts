// HAProxy in front of LiteLLM and in front of the backends.
import { type FileSpec, replaceFile } from '../../resources/file.js';
import type { Handler, Resource } from '../../resources/kind.js';
import type { ServiceSpec } from '../../resources/service.js';
import { addressOf, PROXY_UNIT, urlHost } from '../../stack/places.js';
import type { Backend, GatewayHost } from '../../stack/stack.js';
import { render, templateText } from '../../templates.js';
import { around, certificate, GATEWAY_PEM, WEBUI_PEM } from '../certificate.js';
import { daemonReload } from '../handlers.js';
import { CONFIGURATION, common, configurationFile, proxy, webuiSection } from '../haproxy.js';

export function haproxy(host: GatewayHost): Resource[] {
  const ready: ServiceSpec = {
    // that it listens; the certificate itself is proven from the control node
    ready: `curl -s${host.certificate ? 'k' : ''} -o /dev/null --max-time 5 ${host.certificate ? 'https' : 'http'}://${addressOf(host.bindHost)}:${host.bindPort}/`,
    within: 30,
    port: host.bindPort,
  };
  const spec = configurationFile(configuration(host));
  const meanwhile = (before: string) => {
    const old = listenersOf(before).filter(
      (section) => !spec.content.includes(section.split('\n')[0] as string),
    );
    return old.length > 0
      ? { content: `${spec.content}\n${old.join('\n')}`, follow: dropListeners(spec) }
      : undefined;
  };
  const certificates = [
    certificate(host.certificate, GATEWAY_PEM),
    // also of a web UI that is here no more: its key stays nowhere
    certificate(host.webui?.certificate, WEBUI_PEM),
  ];
  return [
    {
      kind: 'unit',
      id: `${PROXY_UNIT}.d/hxllm.conf`,
      spec: { content: templateText('haproxy/drop-in.conf') },
      notify: [daemonReload],
    },
    ...around(certificates, proxy({ ...spec, meanwhile }, ready, host.vars)),
  ];
}

/** What a release needs of HAProxy while it serves. */
export function listeners(host: GatewayHost): string {
  return listenersOf(configuration(host)).join('\n');
}

/** The sections of the backends' listeners in a configuration of ours. */
export function listenersOf(configuration: string): string[] {
  const sections = configuration.split(/^(?=\S)/m);
  return sections.filter((s) => /^(frontend|backend) ollama_\d+\n/.test(s)).map((s) => `${s.trimEnd()}\n`);
}

/** A release that still serves needs its listeners: they go when it is gone. */
function dropListeners(spec: FileSpec): Handler {
  const script = `${replaceFile(CONFIGURATION, spec)}\nsystemctl reload ${PROXY_UNIT}`;
  return { id: 'drop the old listeners', order: 30, script };
}

function configuration(host: GatewayHost): string {
  const sets = host.vars.litellm_balancer === 'litellm' ? [] : host.sets;
  const gateway = render('haproxy/gateway.cfg.hbs', {
    certificate: host.certificate && GATEWAY_PEM,
    baseUrl: host.baseUrl,
    bind: `${urlHost(host.bindHost)}:${host.bindPort}${host.bindHost === '::' ? ' v4v6' : ''}`,
    backendTimeout: host.vars.litellm_backend_timeout,
    ...limits(host.vars),
    sets: sets.map((set) => ({ id: set.id, port: set.port, servers: set.backends.map(server) })),
  });
  const head = common(host.vars.litellm_request_timeout, { slots: true });
  return [head, gateway, ...(host.webui ? [webuiSection(host.webui)] : [])].join('\n');
}

/** Of one request, and of all clients together; those of one client are LiteLLM's. */
function limits({ litellm_max_request_mb, litellm_max_rpm, litellm_max_parallel }: GatewayHost['vars']) {
  return {
    maxMegabytes: litellm_max_request_mb,
    maxBytes: litellm_max_request_mb && Number(litellm_max_request_mb) * 1_000_000,
    maxRpm: litellm_max_rpm,
    maxParallel: litellm_max_parallel,
    ofAll: litellm_max_rpm || litellm_max_parallel,
  };
}

function server({ name, address, port, tls }: Backend) {
  const options = tls
    ? ` ssl verify required ca-file /etc/ssl/certs/ca-certificates.crt sni str(${address})`
    : '';
  return { name, address: urlHost(address), port, options };
}
