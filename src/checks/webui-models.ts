// Host check `webui-models`: the models of the gateway stand in Open WebUI's selector.
import { readWebui } from '../open-webui.js';
import { ask, notAsked, type Proven, type WebuiCheck } from './webui.js';

export const webuiModels: WebuiCheck = {
  id: 'webui-models',
  title: "The gateway's models are in Open WebUI's list",
  role: 'webui',
  hint: 'hxllm verify --only webui-gateway --only webui-connection',
  seconds: () => 60,
  script: (host) => ask('models', host),
  judge(output, host) {
    const proven = readWebui<Proven>(output);
    if (proven.why) return notAsked(proven);
    if (proven.error) return { status: 'fail', message: proven.error };
    const there = proven.models ?? [];
    const missing = host.models.filter((model) => !there.includes(model));
    if (missing.length > 0)
      return { status: 'fail', message: `${missing.join(', ')} of ${host.models.length} not in its list` };
    if (there.length === 0)
      return { status: 'fail', message: 'its list is empty: what it asks refuses it, or is not reached' };
    return {
      status: 'pass',
      message: (host.models[0] ? host.models : there).join(', '),
      data: { models: there },
    };
  },
};
