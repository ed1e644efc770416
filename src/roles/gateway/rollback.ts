// A rollback of a gateway: an older release, with the listeners of HAProxy that it needs, by the same switch as a deploy's. Pure.
import { messageOf } from '../../errors.js';
import type { FileSpec } from '../../resources/file.js';
import type { Change, Handler, Resource } from '../../resources/kind.js';
import type { ReleaseSpec } from '../../resources/release.js';
import { isListenerPort } from '../../stack/backends.js';
import { LITELLM_UNIT } from '../../stack/places.js';
import type { BackendSet, GatewayHost, Model } from '../../stack/stack.js';
import { parseYaml } from '../../yaml.js';
import { CONFIGURATION } from '../haproxy.js';
import { listenersOf } from './haproxy.js';
import type { Release, Releases } from './releases.js';
import { switchOver } from './switch.js';

export interface Rollback {
  changes: Change[];
  handlers: Handler[];
  refused: { message: string; hint: string }[];
  /** The gateway with what the release offers: it is proven as that, not as what the inventory says. */
  host: GatewayHost;
}

const OTHER =
  'name another release: hxllm rollback ID; or make a new one of what the inventory says: hxllm deploy';

export function rollbackOf(
  host: GatewayHost,
  resources: readonly Resource[],
  seen: Releases,
  to: Release,
): Rollback {
  const refuse = (message: string): Rollback => {
    const refused = [{ message: `release ${to.id}: ${message}`, hint: OTHER }];
    return { changes: [], handlers: [], refused, host };
  };
  if (to.id === seen.current) return { changes: [], handlers: [], refused: [], host };
  if (to.litellm === undefined) return refuse(`its venv ${to.venv} or its config.yaml is gone`);
  try {
    const { models, ports } = readConfig(to);
    const proxy = proxyWith(ports, seen.proxy, to);
    const sets = ports.map((port) => setOf(port, proxy));
    const vars = { ...host.vars, litellm_balancer: sets.length > 0 ? 'haproxy' : 'litellm' };
    const file = resources.find(({ id }) => id === CONFIGURATION) as Resource<FileSpec>;
    const release = resources.find(({ kind }) => kind === 'release') as Resource<ReleaseSpec>;
    const changes: Change[] = [switched(release, seen, to)];
    if (proxy !== seen.proxy) changes.unshift(extended(file, seen.proxy, proxy, to));
    const handlers = [
      ...(proxy === seen.proxy ? [] : (file.notify ?? [])),
      switchOver(LITELLM_UNIT, host.vars, to.id),
    ];
    return { changes, handlers, refused: [], host: { ...host, models, sets, vars } };
  } catch (error) {
    return refuse(messageOf(error));
  }
}

interface Deployment {
  model_name: string;
  litellm_params: { model: string; api_base?: string };
  model_info?: { mode?: string };
}

/** What a release offers, and the ports of HAProxy that it asks for it. */
function readConfig({ config }: Release): { models: Model[]; ports: number[] } {
  const { value } = parseYaml(config, 'config.yaml');
  const list = (value as { model_list?: Deployment[] } | undefined)?.model_list ?? [];
  const models = new Map<string, Model>();
  const ports = new Set<number>();
  for (const { model_name: name, litellm_params: params, model_info: info } of list) {
    const [provider = '', ...rest] = params.model.split('/');
    const mode = info?.mode === 'embedding' ? 'embedding' : 'chat';
    models.set(name, { name, provider, model: rest.join('/'), mode, backends: [], params: {} });
    const port = Number(/^http:\/\/127\.0\.0\.1:(\d+)/.exec(params.api_base ?? '')?.[1]);
    if (isListenerPort(port)) ports.add(port);
  }
  return { models: [...models.values()], ports: [...ports] };
}

/** haproxy.cfg with the listeners that the release needs. Throws when that cannot be. */
function proxyWith(ports: readonly number[], proxy: string, { listeners = '' }: Release): string {
  const [there, kept] = [proxy, listeners].map(listenersOf) as [string[], string[]];
  const of = (sections: readonly string[], port: number) =>
    sections.filter((section) => section.split('\n')[0]?.endsWith(` ollama_${port}`));
  const missing = ports.flatMap((port) => {
    const [have, want] = [of(there, port), of(kept, port)];
    if (have.length === 0 && want.length === 0)
      throw new Error(
        `it needs the listener 127.0.0.1:${port}, which haproxy.cfg has not, and it was made before releases kept theirs`,
      );
    const [is, was] = [have, want].map((sections) => addressesOf(sections).join(', '));
    if (have.length > 0 && want.length > 0 && is !== was)
      throw new Error(`its listener 127.0.0.1:${port} leads to ${was}; in haproxy.cfg it now leads to ${is}`);
    return have.length > 0 ? [] : want;
  });
  return missing.length > 0 ? `${proxy.trimEnd()}\n\n${missing.join('\n')}` : proxy;
}

function serversOf(sections: readonly string[]): { name: string; address: string }[] {
  return [...sections.join('\n').matchAll(/^\s+server (\S+) (\S+)/gm)].map(([, name = '', address = '']) => ({
    name,
    address,
  }));
}

function addressesOf(sections: readonly string[]): string[] {
  return serversOf(sections)
    .map(({ address }) => address)
    .sort();
}

function setOf(port: number, proxy: string): BackendSet {
  const sections = listenersOf(proxy).filter((section) => section.startsWith(`backend ollama_${port}\n`));
  const backends = serversOf(sections).map(({ name, address }) => {
    const { hostname, port: at } = new URL(`http://${address}`);
    return { url: `http://${address}`, name, address: hostname, port: Number(at), tls: false };
  });
  return { port, id: `ollama_${port}`, backends };
}

function extended(
  file: Resource<FileSpec>,
  before: string,
  content: string,
  { id }: Release,
): Change<FileSpec> {
  return {
    resource: { ...file, spec: { ...file.spec, content } },
    action: 'update',
    title: `file ${CONFIGURATION}`,
    reasons: [`gets the listeners of ${id}`],
    texts: [{ path: CONFIGURATION, before, after: content }],
  };
}

function switched(
  release: Resource<ReleaseSpec>,
  { current, all }: Releases,
  to: Release,
): Change<ReleaseSpec> {
  const from = all.find(({ id }) => id === current);
  const [before, after] = [from?.config ?? '', to.config].map(withoutKeys) as [string, string];
  return {
    resource: { ...release, spec: { ...release.spec, older: to.id } },
    action: 'update',
    title: `release ${release.spec.root}/current`,
    reasons: [
      `${current || 'none'} → ${to.id}`,
      ...(from?.litellm === to.litellm ? [] : [`LiteLLM ${from?.litellm ?? 'none'} → ${to.litellm}`]),
      ...to.differ.map((name) => `${name} differs`),
    ],
    texts: before === after ? [] : [{ path: `${release.spec.root}/current/config.yaml`, before, after }],
  };
}

/** A key that is no longer in the vault is one all the same. */
function withoutKeys(config: string): string {
  return config.replace(
    /^(\s+\S*(?:key|token|secret|password)\S*: +)(?!["']?os\.environ\/).+$/gim,
    '$1[secret]',
  );
}
