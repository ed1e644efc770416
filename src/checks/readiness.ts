// Host check `readiness`: LiteLLM itself says that it lives and is ready. HAProxy does not serve these paths to others.
import { describe } from '../services/litellm.js';
import { LITELLM_PORT } from '../stack/places.js';
import type { GatewayHost } from '../stack/stack.js';
import { type HostCheck, verdict } from './check.js';
import { curls, readCurls } from './curl.js';

const PATHS = ['liveliness', 'readiness'] as const;

export const readiness: HostCheck<GatewayHost> = {
  id: 'readiness',
  title: 'LiteLLM lives and is ready',
  role: 'gateway',
  probe: true,
  hint: 'ssh HOST sudo journalctl -u litellm -n 50; a start takes 5 to 20 s',
  script: () =>
    curls(PATHS.map((id) => [{ id, url: `http://127.0.0.1:${LITELLM_PORT}/health/${id}`, seconds: 10 }])),
  judge(output) {
    const answers = readCurls(output);
    const wrong = PATHS.flatMap((path) => {
      const answer = answers.get(path);
      if (!answer) return `${path}: not asked`;
      if (answer.failed) return `${path}: ${answer.failed}`;
      if (answer.status !== 200) return `${path} answers ${describe(answer)}`;
      const { status = 'healthy' } = (answer.json ?? {}) as { status?: string };
      // older releases say `connected`
      return ['healthy', 'connected'].includes(status) ? [] : `${path} says ${status}`;
    });
    const ms = Math.max(...[...answers.values()].map((a) => a.ms), 0);
    return verdict(wrong, `both answer 200, in ${ms} ms`, { data: { ms } });
  },
};
