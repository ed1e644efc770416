// Stack check `auth`: the master key opens the gateway; no key, a wrong one and the guide's public one do not.
import { randomBytes } from 'node:crypto';
import { ask } from '../services/http.js';
import { describe, refusesKey } from '../services/litellm.js';
import type { GatewayHost } from '../stack/stack.js';
import type { Access, Result, StackCheck } from './check.js';

/** In every copy of the guide. */
const PUBLIC = 'sk-1234567890abcdef-test-key-please-replace';

export const auth: StackCheck = {
  id: 'auth',
  title: 'The key opens the gateway, and nothing else does',
  hint: 'hxllm deploy --limit HOST',
  async run(gateway, access) {
    const results = [await opens(gateway, access)];
    const strangers: [string, string | undefined][] = [
      ['no key', undefined],
      ['a wrong key', `sk-${randomBytes(12).toString('hex')}`],
      ["the guide's test key", PUBLIC],
    ];
    for (const [subject, key] of strangers) results.push({ subject, ...(await refuses(access, key)) });
    return results;
  },
};

async function opens({ masterKey: key }: GatewayHost, access: Access): Promise<Result> {
  const answer = await ask({ ...access, key }, '/v1/models', { timeoutMs: 15_000 });
  const subject = 'litellm_master_key';
  if (answer.status === 200) return { subject, status: 'pass', message: `accepted, ${answer.tookMs} ms` };
  return {
    subject,
    status: 'fail',
    message: `the gateway answers ${describe(answer)}`,
    hint: refusesKey(answer)
      ? 'the key in the vault is not the one on the host: hxllm deploy --limit HOST'
      : 'ssh HOST sudo journalctl -u litellm -n 50',
  };
}

async function refuses(access: Access, key: string | undefined): Promise<Result> {
  const answer = await ask({ ...access, key }, '/v1/models', { timeoutMs: 15_000 });
  if (refusesKey(answer)) return { status: 'pass', message: `refused with ${describe(answer)}` };
  if (answer.status === 200)
    return {
      status: 'fail',
      message: 'the gateway accepts it: everybody may use the models',
      hint: 'ssh HOST sudo grep custom_auth /etc/litellm/config.yaml; then: hxllm deploy --limit HOST',
    };
  return {
    status: 'fail',
    message: `not refused as it should be: the gateway answers ${describe(answer)}`,
    hint: 'ssh HOST sudo journalctl -u litellm -n 50; an install without the package prisma answers 500',
  };
}
