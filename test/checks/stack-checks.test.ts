// Stack checks against a gateway in this process: all well, and each fault.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auth } from '../../src/checks/auth.js';
import { baseUrl } from '../../src/checks/base-url.js';
import type { Access, Result, StackCheck } from '../../src/checks/check.js';
import { clientKeys } from '../../src/checks/client-keys.js';
import { completions } from '../../src/checks/completions.js';
import { embeddings } from '../../src/checks/embeddings.js';
import { exposure } from '../../src/checks/exposure.js';
import { modelList } from '../../src/checks/model-list.js';
import { stream } from '../../src/checks/stream.js';
import { Secret } from '../../src/secret.js';
import type { Client, GatewayHost } from '../../src/stack/stack.js';
import { type FakeGateway, fakeGateway, json, open, stream as send } from '../services/fake-gateway.js';
import { aGateway, aModel, KEY } from './members.js';

const MODELS = [aModel('phi3-3.8b'), aModel('nomic-1', { mode: 'embedding' })];
const NAMES = MODELS.map(({ name }) => name);

let fake: FakeGateway;
beforeEach(async () => {
  fake = await fakeGateway(KEY, NAMES);
});
afterEach(() => fake.close());

async function found(
  check: StackCheck,
  rest: Partial<Access> = {},
  gateway: Partial<GatewayHost> = {},
): Promise<Result[]> {
  const access: Access = {
    url: fake.url,
    through: 'direct',
    signal: new AbortController().signal,
    fetch: globalThis.fetch,
    ...rest,
  };
  return [await check.run(aGateway({ models: MODELS, ...gateway }), access)].flat();
}

const CHAT = '/v1/chat/completions';
const answer = (content: string, more: object = {}) => ({
  choices: [{ index: 0, message: { role: 'assistant', content, ...more }, finish_reason: 'stop' }],
});

test.each([auth, exposure, modelList, completions, embeddings, stream, baseUrl])(
  '$id passes when all is well',
  async (check) => {
    const results = await found(check);
    expect(results.length).toBeGreaterThan(0);
    for (const result of results) expect(result).toMatchObject({ status: 'pass' });
  },
);

test('a completion of the echo model gives the nonce back exactly, and each nonce is new', async () => {
  const [first] = await found(completions);
  const [second] = await found(completions);
  expect(first).toMatchObject({ subject: 'phi3-3.8b', data: { echoed: true, deployment: 'phi3-3.8b' } });
  expect(first?.data?.nonce).toMatch(/^hxllm-[0-9a-f]{10}$/);
  expect(first?.data?.nonce).not.toBe(second?.data?.nonce);
});

test.each<
  [name: string, StackCheck, path: string, Parameters<FakeGateway['on']>[1], status: string, message: RegExp]
>([
  [
    'everybody is let in',
    auth,
    '/v1/models',
    open((_, res) => json(res, 200, { data: [] })),
    'fail',
    /everybody may use the models/,
  ],
  [
    'a refusal that crashes',
    auth,
    '/v1/models',
    open(({ key }, res) => json(res, key === KEY ? 200 : 500, {})),
    'fail',
    /not refused as it should be: the gateway answers 500/,
  ],
  [
    'a refusal without a database',
    auth,
    '/v1/models',
    open(({ key }, res) =>
      json(res, key === KEY ? 200 : 400, {
        error: { type: 'no_db_connection', message: 'No connected db.' },
      }),
    ),
    'pass',
    /refused with 400 no_db_connection/,
  ],
  [
    'the UI is served',
    exposure,
    '/ui/',
    open((_, res) => json(res, 200, {})),
    'fail',
    /^\/ui\/ answers 200$/,
  ],
  [
    'a model is left out',
    modelList,
    '/v1/models',
    (_, res) => json(res, 200, { data: [{ id: 'phi3-3.8b' }] }),
    'fail',
    /^nomic-1 is not offered$/,
  ],
  [
    'a model too many',
    modelList,
    '/v1/models',
    (_, res) => json(res, 200, { data: [...NAMES, 'x'].map((id) => ({ id })) }),
    'fail',
    /^x is offered but not planned$/,
  ],
  [
    'an answer without the nonce',
    completions,
    CHAT,
    (_, res) => json(res, 200, answer('Hello!')),
    'pass',
    /not with the nonce: Hello!/,
  ],
  [
    'only thoughts',
    completions,
    CHAT,
    (_, res) => json(res, 200, answer('', { reasoning_content: 'Hm' })),
    'pass',
    /^thought for/,
  ],
  ['an empty answer', completions, CHAT, (_, res) => json(res, 200, answer('')), 'fail', /empty answer/],
  [
    'an error',
    completions,
    CHAT,
    (_, res) => json(res, 500, { error: { message: 'no backend' } }),
    'fail',
    /answers 500 no backend/,
  ],
  [
    'no vector',
    embeddings,
    '/v1/embeddings',
    (_, res) => json(res, 200, { data: [] }),
    'fail',
    /empty embedding/,
  ],
  [
    'a chat model as embedder',
    embeddings,
    '/v1/embeddings',
    (_, res) => json(res, 501, { error: { message: 'does not support embeddings' } }),
    'fail',
    /answers 501 does not support/,
  ],
  [
    'a stream in one piece',
    stream,
    CHAT,
    ({ body }, res) =>
      void send(res, (body.messages as { content: string }[])[0]?.content ?? '', { size: 99 }),
    'warn',
    /came in one piece/,
  ],
  [
    'a stream without an end',
    stream,
    CHAT,
    (_, res) => void send(res, 'hxllm', { finish: false }),
    'fail',
    /ended early, after 5 pieces/,
  ],
])('%s', async (_name, check, path, handler, status, message) => {
  fake.on(path, handler);
  expect((await found(check)).at(-1)).toMatchObject({ status, message: expect.stringMatching(message) });
});

test('the key in the vault is not the one on the host', async () => {
  await fake.close();
  fake = await fakeGateway('sk-another-key-on-the-host', NAMES);
  expect((await found(auth))[0]).toMatchObject({
    subject: 'litellm_master_key',
    status: 'fail',
    message: expect.stringContaining('401 auth_error'),
    hint: expect.stringContaining('hxllm deploy'),
  });
});

describe('client-keys', () => {
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
  const judged = (clients = CLIENTS): Promise<Result[]> =>
    found(clientKeys, {}, { clients }).then((results) => results.map((r) => ({ ...r, hint: '' })));
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
    expect(await judged([])).toMatchObject([{ status: 'skip' }]);
  });

  test.each<[string, (path: string, body: Record<string, unknown>) => boolean, string, RegExp]>([
    ['another model', (_, body) => body.model === 'nomic-1', 'alice', /^another model is not refused: 200/],
    ['the address', (path) => path.includes('?'), 'alice', /\?model= is not refused/],
    ['fallbacks', (_, body) => 'fallbacks' in body, 'bob', /^fallbacks is not refused/],
    ['another server', (_, body) => 'api_base' in body, 'bob', /^api_base is not refused/],
    ['configuration', (path) => path === '/v1/model/info', 'bob', /the configuration of models is not/],
    ['the metrics', (path) => path === '/metrics/', 'bob', /the metrics is not refused/],
    [
      'a chat with the metrics key',
      (path, body) => path === CHAT && !('x' in body),
      'scrape',
      /a chat is not/,
    ],
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
});

test.each<[Partial<Access>, string, RegExp]>([
  [
    { through: 'tunnel', why: 'http://gw.lan:4000 is not found by its name' },
    'warn',
    /not found by its name; .* through SSH/,
  ],
  [
    { through: 'nothing', why: 'http://gw.lan:4000 refuses the connection' },
    'fail',
    /refuses the connection$/,
  ],
])('litellm_base_url reached: %j', async (access, status, message) => {
  expect((await found(baseUrl, access))[0]).toMatchObject({
    status,
    message: expect.stringMatching(message),
  });
});
