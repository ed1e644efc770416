// Host check `webui-chat`: a chat through Open WebUI's own interface, as its administrator.
import { readWebui } from '../open-webui.js';
import { patience } from './patience.js';
import { chatScript, judgeChat, notAsked, type Proven, type WebuiCheck } from './webui.js';

export const webuiChat: WebuiCheck = {
  id: 'webui-chat',
  title: 'A chat through Open WebUI is answered',
  role: 'webui',
  hint: 'hxllm verify --only webui-gateway --only completions; ssh HOST sudo journalctl -u open-webui -n 50',
  seconds: (host) => patience(host) + 30,
  script: (host) => chatScript('chat', host),
  judge(output, host) {
    const [subject] = host.models;
    if (subject === undefined) return { status: 'skip', message: 'no chat model' };
    const proven = readWebui<Proven>(output);
    if (proven.why) return { ...notAsked(proven), subject };
    if (proven.error) return { status: 'fail', subject, message: proven.error };
    return { subject, ...judgeChat(output, proven) };
  },
};
