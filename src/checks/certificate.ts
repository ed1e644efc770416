// Stack check `certificate`: the gateway shows the certificate of the inventory, and for some time to come.
import { shownAt } from '../services/tls.js';
import type { StackCheck } from './check.js';

const DAY_MS = 86_400_000;
const SOON_DAYS = 21;

export const certificate: StackCheck = {
  id: 'certificate',
  title: 'The gateway shows its certificate, which does not expire soon',
  hint: 'hxllm deploy --limit HOST',
  async run({ certificate: own }, { url, signal }) {
    if (!own) return [];
    if ((await shownAt(url, own, signal)) !== own.fingerprint)
      return {
        status: 'fail',
        message: 'another certificate is shown than the one of litellm_tls_certificate',
      };
    const days = Math.floor((own.expires.getTime() - Date.now()) / DAY_MS);
    const when = `on ${own.expires.toISOString().slice(0, 10)}`;
    if (days >= SOON_DAYS) return { status: 'pass', message: `for ${own.name}, expires ${when}` };
    return {
      status: days < 0 ? 'fail' : 'warn',
      message: days < 0 ? `it expired ${when}` : `it expires ${when}, in ${days} days`,
      hint: 'give a new one: litellm_tls_certificate and litellm_tls_key; then: hxllm deploy --limit HOST',
    };
  },
};
