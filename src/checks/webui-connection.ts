// Host check `webui-connection`: environment, database and running server have the gateway's address and this UI's own key.
import { connection } from '../resources/connection.js';
import { Secret } from '../secret.js';
import { lookAt, notAsked, seenIn, unitOf, type WebuiCheck } from './webui.js';

export const webuiConnection: WebuiCheck = {
  id: 'webui-connection',
  title: 'Open WebUI has the address of the gateway and a key of its own, everywhere',
  role: 'webui',
  probe: true,
  hint: 'hxllm webui --limit HOST',
  script: lookAt,
  judge(output, host) {
    const seen = seenIn(output);
    if (seen.state === 'none') return { status: 'fail', message: 'there is no Open WebUI' };
    if (!host.key)
      return {
        status: 'fail',
        message: `no client ${host.client} in litellm_clients: it has no key of its own`,
      };
    const access = host.vars.webui_model_access as 'bypass' | undefined;
    const spec = {
      url: host.baseUrl,
      key: host.key ?? new Secret(''),
      unit: unitOf(host),
      access,
      models: host.models,
    };
    const change = connection.diff({ kind: 'connection', id: 'open-webui', spec }, seen);
    if (change?.refused)
      return { status: 'fail', message: change.refused.message, hint: change.refused.hint };
    if (change) return { status: 'fail', message: change.reasons.join('; ') };
    const places = [
      'environment',
      ...(seen.db ? ['database'] : []),
      ...(seen.live ? ['running server'] : []),
    ];
    const others = (seen.db?.urls ?? []).filter((url) => url && url !== host.baseUrl);
    const data = { places, others };
    if (!seen.live && seen.why) return { ...notAsked({ why: seen.why }), data };
    const beside = others.length > 0 ? `; beside ${others.join(', ')}` : '';
    return {
      status: 'pass',
      message: `${host.baseUrl} as ${host.client}: ${places.join(', ')}${beside}`,
      data,
    };
  },
};
