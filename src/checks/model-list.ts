// Stack check `model-list`: /v1/models is the plan's list. LiteLLM leaves a broken deployment out without a word.
import { listModels } from '../services/litellm.js';
import { LITELLM_UNIT } from '../stack/places.js';
import { type StackCheck, verdict } from './check.js';

/** What the LiteLLM that runs said when it began. */
const SAID = `journalctl -q --no-pager -o cat _SYSTEMD_INVOCATION_ID="$(systemctl show -P InvocationID ${LITELLM_UNIT})" | grep -a -m 3 'Error creating deployment'; true`;
const LEFT_OUT = /(?<=Error creating deployment: ).{1,200}/;

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
    const isShort = planned.some((name) => !seen.includes(name));
    const [why] = isShort ? (LEFT_OUT.exec((await access.run?.(SAID)) ?? '') ?? []) : [];
    if (why) wrong.push(`LiteLLM left one out: ${why}`);
    return verdict(wrong, seen.join(', '), { data: { models: seen } });
  },
};
