// Host check `webui-service`: Open WebUI runs, is ready and says which release it is.
import { addressOf } from '../stack/places.js';
import { curls, readCurls } from './curl.js';
import { lookAt, seenIn, type WebuiCheck } from './webui.js';

/** Its pages answer 200 to any path: only JSON is an answer. */
const PATHS = { ready: '/ready', health: '/health', version: '/api/version' };

export const webuiService: WebuiCheck = {
  id: 'webui-service',
  title: 'Open WebUI runs and is ready',
  role: 'webui',
  probe: true,
  hint: 'ssh HOST sudo journalctl -u open-webui -n 50; hxllm webui --limit HOST',
  script: (host) => {
    const at = addressOf(host.bindHost);
    const asks = Object.entries(PATHS).map(([id, path]) => ({
      id,
      url: `http://$webui${path}`,
      seconds: 10,
    }));
    return `seen=$(${lookAt(host)})
echo "$seen"
webui=$(echo "$seen" | sed -n 's/.*"listens": "\\([^"]*\\)".*/\\1/p'); webui=\${webui:-${at}:${host.bindPort}}
${curls([asks]).replaceAll("'http://$webui", `"http://$webui"'`)}`;
  },
  judge(output) {
    const seen = seenIn(output);
    if (seen.state === 'none')
      return { status: 'fail', message: 'there is no Open WebUI', hint: 'hxllm webui' };
    const unit = seen.unit ?? 'Open WebUI';
    if (seen.active === false)
      return {
        status: 'fail',
        message: `${unit} does not run`,
        hint: `ssh HOST sudo journalctl -u ${unit} -n 50`,
      };
    const answers = readCurls(output);
    // releases before 0.10 have no /ready
    const good = [answers.get('ready'), answers.get('health')].find(
      (a) => (a?.json as { status?: unknown } | undefined)?.status === true,
    );
    const { version } = (answers.get('version')?.json ?? {}) as { version?: string };
    const data = { unit, version: version ?? seen.version };
    if (!good)
      return {
        status: 'fail',
        message: `${unit} is not ready: ${answers.get('ready')?.failed ?? answers.get('ready')?.status}`,
        hint: `ssh HOST sudo journalctl -u ${unit} -n 50`,
        data,
      };
    return { status: 'pass', message: `${unit} ${version ?? 'of an unknown release'} is ready`, data };
  },
};
