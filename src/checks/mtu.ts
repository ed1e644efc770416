// Host check `mtu`: what is larger than a packet gets through to each backend, too. A link that drops it looks like a model that hangs.
import { VERSION } from '../services/ollama.js';
import type { GatewayHost } from '../stack/stack.js';
import type { HostCheck, Result } from './check.js';
import { curls, readCurls } from './curl.js';

/** Several packets of any link. */
const BYTES = 20_000;
/** Ollama refuses it without loading anything. */
const LARGE = JSON.stringify({ model: 'x'.repeat(BYTES) });

export const mtu: HostCheck<GatewayHost> = {
  id: 'mtu',
  title: 'Large requests reach the backends',
  role: 'gateway',
  doctor: true,
  hint: 'a link between HOST and the backend carries less than both believe (a tunnel, a bridge?): ssh HOST ip link, and give both sides that MTU',
  script: ({ backends }) =>
    curls(
      backends.map(({ name, url }) => [
        { id: `small ${name}`, url: `${url}${VERSION.path}`, seconds: 5 },
        { id: `large ${name}`, url: `${url}/api/show`, body: LARGE, seconds: 5 },
      ]),
    ),
  judge(output, { backends }) {
    const answers = readCurls(output);
    return backends.map(({ name: subject }): Result => {
      const [small, large] = ['small', 'large'].map((size) => answers.get(`${size} ${subject}`));
      if (!small || !large) return { subject, status: 'fail', message: 'it was not asked' };
      if (small.failed) return { subject, status: 'skip', message: 'it does not answer at all' };
      if (!large.failed) return { subject, status: 'pass', message: `${BYTES} bytes arrive` };
      const message = `${BYTES} bytes do not arrive though a short request does: ${large.failed}`;
      return { subject, status: 'fail', message, blames: [subject] };
    });
  },
};
