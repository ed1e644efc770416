// Stack check `model-list`: /v1/models is the plan's list. LiteLLM leaves a broken deployment out without a word.
import { listModels } from '../services/litellm.js';
import { type StackCheck, verdict } from './check.js';

export const modelList: StackCheck = {
  id: 'model-list',
  title: '/v1/models lists the planned models',
  hint: 'ssh HOST sudo journalctl -u litellm -n 50; then: hxllm deploy --limit HOST',
  async run({ models, masterKey: key }, access) {
    const seen = await listModels({ ...access, key });
    const planned = models.map((model) => model.name);
    const wrong = [
      ...planned.filter((name) => !seen.includes(name)).map((name) => `${name} is not offered`),
      ...seen.filter((name) => !planned.includes(name)).map((name) => `${name} is offered but not planned`),
    ];
    return verdict(wrong, seen.join(', '), { data: { models: seen } });
  },
};
