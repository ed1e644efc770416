// Stack checks against a gateway in this process: all well, and each fault.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { auth } from '../../src/checks/auth.js';
import { baseUrl } from '../../src/checks/base-url.js';
import type { Access, Result, StackCheck } from '../../src/checks/check.js';
import { completions } from '../../src/checks/completions.js';
import { embeddings } from '../../src/checks/embeddings.js';
import { exposure } from '../../src/checks/exposure.js';
import { modelList } from '../../src/checks/model-list.js';
import { stream } from '../../src/checks/stream.js';
import { type FakeGateway, fakeGateway, json, open, stream as send } from '../services/fake-gateway.js';
import { aGateway, aModel, KEY } from './members.js';

const MODELS = [aModel('phi3-3.8b'), aModel('nomic-1', { mode: 'embedding' })];
const NAMES = MODELS.map(({ name }) => name);

let fake: FakeGateway;
beforeEach(async () => {
  fake = await fakeGateway(KEY, NAMES);
});
afterEach(() => fake.close());

async function found(check: StackCheck, rest: Partial<Access> = {}): Promise<Result[]> {
  const access: Access = {
    url: fake.url,
    through: 'direct',
    signal: new AbortController().signal,
    fetch: globalThis.fetch,
    ...rest,
  };
  return [await check.run(aGateway({ models: MODELS }), access)].flat();
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

test('a model that LiteLLM left out has its reason', async () => {
  fake.on('/v1/models', (_, res) => json(res, 200, { data: [{ id: 'phi3-3.8b' }] }));
  const run = async () => 'LiteLLM Router:ERROR: router.py:1 - Error creating deployment: no provider\n';
  expect(await found(modelList, { run })).toMatchObject([
    { status: 'fail', message: 'nomic-1 is not offered; LiteLLM left one out: no provider' },
  ]);
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
