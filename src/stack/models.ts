// Models: from `litellm_models`, else from what each backend lists. Pure.
import type { Value } from '../inventory/types.js';
import type { Backend, Model } from './stack.js';
import { typed } from './variable.js';

const FIELDS = new Set(['name', 'provider', 'model', 'mode', 'params']);

/** Reads one entry of `litellm_models`; what is wrong as a sentence when it cannot. */
export function modelOf(
  entry: Record<string, Value>,
  backends: readonly Backend[],
): Model | { wrong: string } {
  const { name, provider = 'ollama', model, mode = 'chat', params = {} } = entry;
  if (typeof name !== 'string' || !name) return { wrong: 'each model needs a name' };
  const unknown = Object.keys(entry).find((key) => !FIELDS.has(key));
  if (unknown) return { wrong: `${name}: unknown key ${unknown}; known are ${[...FIELDS].join(', ')}` };
  if (typeof model !== 'string' || !model)
    return { wrong: `${name}: needs model, the backend's name for it` };
  if (typeof provider !== 'string' || !/^[a-z0-9_]+$/.test(provider))
    return { wrong: `${name}: provider should be a word such as ollama` };
  if (mode !== 'chat' && mode !== 'embedding') return { wrong: `${name}: mode should be chat or embedding` };
  const map = typed('map', params);
  if ('wrong' in map) return { wrong: `${name}: params ${map.wrong}` };
  const plain = Object.entries(map.value as Record<string, Value>).find(
    ([, v]) => v === null || typeof v === 'object',
  );
  if (plain)
    return {
      wrong: `${name}: params.${plain[0]} should be a plain value; write os.environ/NAME for a key and put it into litellm_environment`,
    };
  return {
    name,
    provider,
    model,
    mode,
    backends: provider === 'ollama' ? backends.map((b) => b.name) : [],
    params: map.value as Model['params'],
  };
}

/** Without `litellm_models`: each backend offers its own, the public name is the model's with `:` as `-`. */
export function modelsOffered(offers: ReadonlyMap<string, readonly string[]>): Model[] {
  const models = new Map<string, Model>();
  for (const [backend, names] of offers) {
    for (const model of names) {
      const known = models.get(model);
      if (known) known.backends.push(backend);
      else
        models.set(model, {
          name: publicName(model),
          provider: 'ollama',
          model,
          mode: 'chat',
          backends: [backend],
          params: {},
        });
    }
  }
  return [...models.values()].sort((a, b) => a.name.localeCompare(b.name));
}

export function publicName(model: string): string {
  return model.replace(/:latest$/, '').replaceAll(':', '-');
}

/** Ollama lists `phi3` as `phi3:latest`. */
export function fullName(model: string): string {
  return /:[^/]*$/.test(model) ? model : `${model}:latest`;
}
