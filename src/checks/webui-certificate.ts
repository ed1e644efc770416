// Host check `webui-certificate`: browsers see the certificate of the inventory at webui_port, and are led there without TLS.
import { quote } from '../shell.js';
import { expiryOf } from './expiry.js';
import type { WebuiCheck } from './webui.js';

export const webuiCertificate: WebuiCheck = {
  id: 'webui-certificate',
  title: 'The web UI shows its certificate, which does not expire soon, and leads there',
  role: 'webui',
  hint: 'hxllm deploy --limit HOST',
  seconds: () => 20,
  script: ({ certificate: own, port, redirectPort }) =>
    own
      ? `echo "shown $(timeout 8 openssl s_client -connect 127.0.0.1:${port} -servername ${quote(own.name)} </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 2>/dev/null | sed 's/.*=//')"
${redirectPort ? `echo "led $(curl -s --noproxy '*' -o /dev/null --max-time 8 -w '%{redirect_url}' http://127.0.0.1:${redirectPort}/c/1?a=b)"` : 'true'}`
      : 'true',
  judge(output, { certificate: own, url, port, redirectPort }) {
    if (!own) return [];
    const said = (word: string) => new RegExp(`^${word} (.*)$`, 'm').exec(output)?.[1] ?? '';
    if (said('shown') === '')
      return {
        status: 'fail',
        message: `nobody speaks TLS at port ${port}`,
        hint: `${own.variable} is for an Open WebUI that hxllm installed; hxllm deploy --limit HOST`,
      };
    const shown = expiryOf(own, said('shown'));
    if (shown.status === 'fail' || !redirectPort) return shown;
    return said('led') === `${url}/c/1?a=b`
      ? shown
      : { status: 'fail', message: `port ${redirectPort} does not lead to ${url}` };
  },
};
