// Stack check `client-keys`: each client may do what it has a right to, and is refused everything else. Costs no client a request.
import { ask } from '../services/http.js';
import { describe, listModels } from '../services/litellm.js';
import type { Client } from '../stack/stack.js';
import type { Access, Result, StackCheck } from './check.js';

const CHAT = '/v1/chat/completions';
const NO_MODEL = 'hxllm-no-such-model';

interface Refusal {
  /** Completes "is not refused …". */
  what: string;
  path: string;
  body?: object;
  status: number | number[];
}

export const clientKeys: StackCheck = {
  id: 'client-keys',
  title: 'Each client key does what it may, and nothing else',
  hint: 'hxllm deploy --limit HOST; ssh HOST sudo journalctl -u litellm -n 50',
  async run({ clients, models }, access) {
    if (clients.length === 0) return { status: 'pass', message: 'litellm_clients names no client' };
    const offered = models.map((m) => m.name);
    const results: Result[] = [];
    for (const client of clients)
      results.push({ subject: client.name, ...(await judge(client, offered, access)) });
    return results;
  },
};

async function judge(client: Client, offered: string[], access: Access): Promise<Result> {
  const asked = { ...access, key: client.key };
  const wrong: string[] = [];
  const unasked: string[] = [];
  const isOver = client.expires !== undefined && client.expires * 1000 <= Date.now();
  if (!isOver) wrong.push(...(await missing(client, offered, asked)));
  const refusals = isOver ? EXPIRED : refusalsOf(client, offered);
  for (const { what, path, body, status } of refusals) {
    const answer = await ask(asked, path, { timeoutMs: 30_000, ...(body ? { body } : {}) });
    if (answer.status === 429) unasked.push(what);
    else if (![status].flat().includes(answer.status))
      wrong.push(`${what} is not refused: ${describe(answer)}`);
  }
  const seen = `${isOver ? 'expired' : client.metrics ? 'reads the metrics' : `sees ${(client.models ?? offered).join(', ')}`}; refused: ${refusals.map((r) => r.what).join(', ')}`;
  if (wrong.length > 0) return { status: 'fail', message: wrong.join('; ') };
  // the limit of all clients comes before the rights of one
  if (unasked.length > 0)
    return {
      status: 'warn',
      message: `clients are at their limit just now: not asked for ${unasked.join(', ')}`,
      hint: 'ask again in a minute; the limits: litellm_max_rpm, litellm_max_parallel',
    };
  return { status: 'pass', message: seen };
}

/** What a client may do and is not let. */
async function missing(
  { metrics, models }: Client,
  offered: string[],
  asked: Parameters<typeof ask>[0],
): Promise<string[]> {
  if (metrics) {
    const answer = await ask(asked, '/metrics/');
    return answer.status === 200 ? [] : [`cannot read the metrics: ${describe(answer)}`];
  }
  const wanted = (models ?? offered).toSorted().join(', ');
  try {
    const seen = (await listModels(asked)).join(', ');
    return seen === wanted ? [] : [`sees ${seen || 'no model'}, not ${wanted}`];
  } catch (error) {
    asked.signal?.throwIfAborted();
    return [`cannot list its models: ${(error as Error).message}`];
  }
}

const EXPIRED: Refusal[] = [{ what: 'an expired key', path: '/v1/models', status: 401 }];

function refusalsOf({ metrics, models }: Client, offered: string[]): Refusal[] {
  const own = models?.[0] ?? offered[0] ?? NO_MODEL;
  const chat = (what: string, status: Refusal['status'], more: object, path = CHAT): Refusal => {
    const messages = [{ role: 'user', content: 'hxllm' }];
    return { what, path, status, body: { model: own, messages, max_tokens: 1, ...more } };
  };
  if (metrics)
    return [chat('a chat', 403, {}), { what: 'the list of models', path: '/v1/models', status: 403 }];
  const other = offered.find((name) => !models?.includes(name)) ?? NO_MODEL;
  return [
    ...(models ? [chat('another model', 403, { model: other })] : []),
    ...(models
      ? [chat('another model by ?model=', 400, {}, `${CHAT}?model=${encodeURIComponent(other)}`)]
      : []),
    chat('fallbacks', 400, { fallbacks: [other] }),
    // LiteLLM refuses this one itself, before it asks the hook
    chat('api_base', [400, 401], { api_base: 'http://127.0.0.1:9' }),
    { what: 'the configuration of models', path: '/v1/model/info', status: 403 },
    // LiteLLM turns every refusal of this one into 401
    { what: 'the metrics', path: '/metrics/', status: [401, 403] },
  ];
}
