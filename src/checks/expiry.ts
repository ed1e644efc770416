// What is said of a certificate that is shown: whether it is the inventory's, and how long it holds. Pure.
import type { Certificate } from '../stack/certificate.js';
import type { Result } from './check.js';

const DAY_MS = 86_400_000;
/** Left to renew in peace. */
const SOON_DAYS = 21;

/** `shown`: SHA-256 of it. */
export function expiryOf(own: Certificate, shown: string, now = Date.now()): Result {
  if (shown !== own.fingerprint)
    return { status: 'fail', message: `another certificate is shown than the one of ${own.variable}` };
  const days = Math.floor((own.expires.getTime() - now) / DAY_MS);
  const when = `on ${own.expires.toISOString().slice(0, 10)}`;
  if (days >= SOON_DAYS) return { status: 'pass', message: `for ${own.name}, expires ${when}` };
  return {
    status: days < 0 ? 'fail' : 'warn',
    message: days < 0 ? `it expired ${when}` : `it expires ${when}, in ${days} days`,
    hint: `hxllm certificates renew, or a new file in ${own.variable}; then: hxllm deploy --limit HOST`,
  };
}
