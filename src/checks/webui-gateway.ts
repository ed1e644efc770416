// Host check `webui-gateway`: Open WebUI's own server reaches the gateway with the address and key that it has saved.
import { readWebui } from '../open-webui.js';
import { ask, notAsked, type Proven, type WebuiCheck } from './webui.js';

export const webuiGateway: WebuiCheck = {
  id: 'webui-gateway',
  title: 'Open WebUI reaches the gateway with its saved address and key',
  role: 'webui',
  // its list of models is empty without a word when this fails
  hint: 'hxllm verify --only auth; hxllm webui --limit HOST',
  seconds: () => 60,
  script: (host) => ask('gateway', host),
  judge(output, host) {
    const proven = readWebui<Proven>(output);
    if (proven.why) return notAsked(proven);
    if (proven.error) return { status: 'fail', message: `${host.baseUrl}: ${proven.error}` };
    const missing = host.models.filter((model) => !proven.models?.includes(model));
    if (missing.length > 0)
      return {
        status: 'fail',
        message: `the gateway does not offer it ${missing.join(', ')}`,
        hint: 'hxllm keys list; hxllm verify --only model-list',
      };
    if (!proven.models?.length)
      return { status: 'fail', message: `${host.baseUrl} offers it no model`, hint: 'hxllm keys list' };
    return { status: 'pass', message: `${proven.models.length} models at ${host.baseUrl}` };
  },
};
