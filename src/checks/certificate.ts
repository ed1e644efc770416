// Stack check `certificate`: the gateway shows the certificate of the inventory, for some time to come, and speaks nothing but TLS.
import { ask } from '../services/http.js';
import { shownAt, speaksOldTls } from '../services/tls.js';
import type { Access, StackCheck } from './check.js';
import { expiryOf } from './expiry.js';

export const certificate: StackCheck = {
  id: 'certificate',
  title: 'The gateway shows its certificate, which does not expire soon, and speaks TLS 1.2 or newer only',
  hint: 'hxllm deploy --limit HOST',
  async run({ certificate: own }, access) {
    const { url, signal } = access;
    if (!own) return [];
    const shown = expiryOf(own, await shownAt(url, own, signal));
    if (shown.status === 'fail') return shown;
    if (await speaksOldTls(url, own, signal)) return { status: 'fail', message: 'TLS 1.1 is spoken there' };
    const status = await withoutTls({ ...access, url: url.replace(/^https:/, 'http:') });
    return status === undefined || status === 400
      ? { ...shown, message: `${shown.message}; without TLS a request is refused` }
      : { status: 'fail', message: `without TLS a request is answered: ${status}` };
  },
};

/** undefined = no answer at all. */
async function withoutTls(access: Access): Promise<number | undefined> {
  try {
    return (await ask(access, '/v1/models')).status;
  } catch {
    access.signal.throwIfAborted();
    return undefined;
  }
}
