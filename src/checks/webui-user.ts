// Host check `webui-user`: a person without any rights sees the models and chats. Makes a temporary user and removes it: --deep.
import { readWebui } from '../open-webui.js';
import { patience } from './patience.js';
import { chatScript, judgeChat, notAsked, type Proven, type WebuiCheck } from './webui.js';

export const webuiUser: WebuiCheck = {
  id: 'webui-user',
  title: 'A normal user of Open WebUI sees the models and chats',
  role: 'webui',
  deep: true,
  hint: 'webui_model_access: bypass or grants, then: hxllm webui --limit HOST',
  seconds: (host) => patience(host) + 60,
  script: (host) => chatScript('user', host),
  judge(output, host) {
    const [subject] = host.models;
    if (subject === undefined) return { status: 'skip', message: 'no chat model' };
    const proven = readWebui<Proven>(output);
    if (proven.why) return { ...notAsked(proven), subject };
    if (proven.error) return { status: 'fail', subject, message: proven.error };
    const missing = host.models.filter((model) => !proven.models?.includes(model));
    // who may see them in an install that was there is not for hxllm to decide, unless somebody says so
    const isWanted = (host.vars.webui_model_access ?? (proven.ours ? 'bypass' : 'leave')) !== 'leave';
    if (missing.length > 0)
      return {
        status: isWanted ? 'fail' : 'warn',
        message: `users do not see ${missing.join(', ')}; administrators may`,
      };
    return { subject, ...judgeChat(output, proven) };
  },
};
