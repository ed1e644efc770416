// Stack check `client-keys` against a gateway in this process: as the hook does it, and with one hole at a time.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Access, Result } from '../../src/checks/check.js';
import { clientKeys } from '../../src/checks/client-keys.js';
import { Secret } from '../../src/secret.js';
import type { Client } from '../../src/stack/stack.js';
import { type FakeGateway, fakeGateway, json, open } from '../services/fake-gateway.js';
import { aGateway, aModel, KEY } from './members.js';

const CHAT = '/v1/chat/completions';
const MODELS = [aModel('phi3-3.8b'), aModel('nomic-1', { mode: 'embedding' })];
const NAMES = MODELS.map(({ name }) => name);

let fake: FakeGateway;
beforeEach(async () => {
  fake = await fakeGateway(KEY, NAMES);
});
afterEach(() => fake.close());

const KEYS = { alice: 'sk-alice', bob: 'sk-bob', scrape: 'sk-scrape', old: 'sk-old' };
const client = (name: keyof typeof KEYS, rest: Partial<Client> = {}): Client => ({
  name,
  key: new Secret(KEYS[name]),
  ...rest,
});
const CLIENTS = [
  client('alice', { models: ['phi3-3.8b'] }),
  client('bob'),
  client('scrape', { metrics: true }),
  client('old', { expires: 1 }),
];
const judged = async (clients = CLIENTS): Promise<Result[]> => {
  const access: Access = {
    url: fake.url,
    through: 'direct',
    signal: new AbortController().signal,
    fetch: globalThis.fetch,
  };
  return [await clientKeys.run(aGateway({ models: MODELS, clients }), access)].flat();
};
/** As the hook does it; a fault lets one request through. */
const hook = (fault: (path: string, body: Record<string, unknown>) => boolean = () => false) =>
  open(({ key, path, body }, res) => {
    const name = Object.entries(KEYS).find(([, k]) => k === key)?.[0];
    if (fault(path, body)) return json(res, 200, {});
    if (!name || name === 'old') return json(res, 401, {});
    if (name === 'scrape' || path === '/metrics/')
      return json(res, path === '/metrics/' && name === 'scrape' ? 200 : 403, {});
    if (path === '/v1/models')
      return json(res, 200, { data: (name === 'alice' ? ['phi3-3.8b'] : NAMES).map((id) => ({ id })) });
    if (path === '/v1/model/info') return json(res, 403, {});
    if (path.includes('?') || 'fallbacks' in body || 'api_base' in body) return json(res, 400, {});
    return json(res, body.model === 'phi3-3.8b' || name === 'bob' ? 200 : 403, {});
  });
const serve = (fault?: Parameters<typeof hook>[0]) => {
  for (const path of ['/v1/models', '/v1/model/info', '/metrics/', CHAT, `${CHAT}?model=nomic-1`])
    fake.on(path, hook(fault));
};

test('passes when each may what it may and nothing else, and asks for no completion', async () => {
  serve();
  expect(await judged()).toMatchObject(CLIENTS.map(({ name }) => ({ subject: name, status: 'pass' })));
  expect(await judged([])).toMatchObject([{ status: 'pass', message: 'litellm_clients names no client' }]);
});

test.each<[string, (path: string, body: Record<string, unknown>) => boolean, string, RegExp]>([
  ['another model', (_, body) => body.model === 'nomic-1', 'alice', /^another model is not refused: 200/],
  ['the address', (path) => path.includes('?'), 'alice', /\?model= is not refused/],
  ['fallbacks', (_, body) => 'fallbacks' in body, 'bob', /^fallbacks is not refused/],
  ['another server', (_, body) => 'api_base' in body, 'bob', /^api_base is not refused/],
  ['configuration', (path) => path === '/v1/model/info', 'bob', /the configuration of models is not/],
  ['the metrics', (path) => path === '/metrics/', 'bob', /the metrics is not refused/],
  ['a chat with the metrics key', (path, body) => path === CHAT && !('x' in body), 'scrape', /a chat is not/],
  ['an expired key', (path) => path === '/v1/models', 'old', /an expired key is not refused/],
])('fails when %s is let through', async (_, fault, name, message) => {
  serve(fault);
  const result = (await judged()).find((r) => r.subject === name);
  expect(result).toMatchObject({ status: 'fail', message: expect.stringMatching(message) });
});

test('fails when a client sees other models, or is not known', async () => {
  serve();
  const wrong = [client('alice'), { name: 'new', key: new Secret('sk-new') }];
  expect((await judged(wrong)).map((r) => r.message)).toEqual([
    expect.stringMatching(/^sees phi3-3.8b, not nomic-1, phi3-3.8b/),
    expect.stringMatching(/^cannot list its models: .* 401/),
  ]);
});
