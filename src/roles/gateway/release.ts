// What one release of the gateway holds: configuration, environment, the authentication hook, the venv.
import type { ReleaseFile, ReleaseSpec } from '../../resources/release.js';
import { keyOf } from '../../stack/backends.js';
import type { Backend, BackendSet, GatewayHost, Model } from '../../stack/stack.js';
import { render, templateText } from '../../templates.js';
import { listeners } from './haproxy.js';

export function releaseOf(host: GatewayHost, venv: string): ReleaseSpec {
  const file = (content: string, rest: Partial<ReleaseFile> = {}): ReleaseFile => ({
    content,
    mode: '0640',
    owner: 'root',
    group: 'litellm',
    ...rest,
  });
  const environment = render('litellm/litellm.env.hbs', { environment: host.vars.litellm_environment ?? {} });
  return {
    root: '/etc/litellm',
    group: 'litellm',
    files: {
      'config.yaml': file(configuration(host)),
      'listeners.cfg': file(listeners(host), { aside: true }),
      'custom_auth.py': file(templateText('litellm/custom_auth.py')),
      'litellm.env': file(environment, { mode: '0600', group: 'root', secret: true }),
    },
    links: { venv },
  };
}

function configuration(host: GatewayHost): string {
  const models = host.models.flatMap((model) => deployments(model, host));
  return render('litellm/config.yaml.hbs', {
    models,
    retries: host.vars.litellm_max_retries,
    timeout: host.vars.litellm_request_timeout,
  });
}

interface Deployment {
  name: string;
  model: string;
  apiBase?: string | undefined;
  params: Model['params'];
  id: string;
  mode: Model['mode'];
}

/** One deployment per model behind HAProxy; one per model and backend in the guide's literal form. */
function deployments(model: Model, { sets, backends, vars }: GatewayHost): Deployment[] {
  const { name, mode, params } = model;
  if (model.provider !== 'ollama')
    return [{ name, model: `${model.provider}/${model.model}`, params, id: name, mode }];
  const upstream = `${mode === 'embedding' ? 'ollama' : 'ollama_chat'}/${model.model}`;
  const chosen = backends.filter((b) => model.backends.includes(b.name));
  const deployment = (apiBase: string, id: string) => ({ name, model: upstream, apiBase, params, id, mode });
  if (vars.litellm_balancer === 'litellm') return chosen.map((b) => deployment(b.url, `${name}@${b.name}`));
  return [deployment(`http://127.0.0.1:${setOf(sets, chosen).port}`, name)];
}

function setOf(sets: readonly BackendSet[], chosen: readonly Backend[]): BackendSet {
  const set = sets.find((s) => keyOf(s.backends) === keyOf(chosen));
  if (!set) throw new Error('a model names a set of backends that is not there');
  return set;
}
