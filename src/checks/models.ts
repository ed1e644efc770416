// Host check `models`: Ollama answers on its host and has every model that the gateways need of it.
import { tagsOf } from '../resources/model.js';
import { readTags, TAGS } from '../services/ollama.js';
import { ollamaAt } from '../stack/places.js';
import type { BackendHost } from '../stack/stack.js';
import { type HostCheck, verdict } from './check.js';
import { answered, readCurls } from './curl.js';

export const models: HostCheck<BackendHost> = {
  id: 'models',
  title: 'Ollama has its models',
  role: 'backend',
  probe: true,
  hint: 'hxllm deploy --limit HOST',
  script(host) {
    const at = ollamaAt(host);
    return answered(tagsOf(at), { id: 'tags', url: `http://${at}${TAGS.path}`, seconds: 10 });
  },
  judge(output, host) {
    const answer = readCurls(output).get('tags');
    if (!answer || answer.failed)
      return { status: 'fail', message: `Ollama on port ${host.port}: ${answer?.failed ?? 'was not asked'}` };
    const there = readTags(answer.json);
    const missing = host.models.filter((model) => !there.has(model));
    return verdict(
      missing.map((model) => `${model} is not pulled`),
      host.models.join(', ') || 'none wanted',
      {
        data: { models: Object.fromEntries(there) },
      },
    );
  },
};
