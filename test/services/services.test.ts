// The clients of what is deployed, against a server in this process: what they ask, and how they word what goes wrong.
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/secret.js';
import { chat, embedding, stream } from '../../src/services/completion.js';
import { ask } from '../../src/services/http.js';
import { listModels, refusesKey } from '../../src/services/litellm.js';
import { Recorder } from '../../src/services/recorder.js';
import { type FakeGateway, fakeGateway, json, stream as send } from './fake-gateway.js';

const KEY = 'sk-of-the-test-which-is-long-enough';
const LIMIT = { timeoutMs: 5_000 };

let gateway: FakeGateway;
let service: { url: string; key: Secret };
beforeEach(async () => {
  gateway = await fakeGateway(KEY);
  service = { url: gateway.url, key: new Secret(KEY) };
});
afterEach(() => gateway.close());

describe('a chat', () => {
  test('gives the answer, its tokens and the deployment', async () => {
    const said = await chat(service, 'phi3-3.8b', 'hxllm-1', LIMIT);
    expect(said).toMatchObject({ text: 'hxllm-1', finish: 'stop', tokens: 7, deployment: 'phi3-3.8b' });
    expect(gateway.requests).toHaveLength(1);
    expect(gateway.requests[0]).toMatchObject({ path: '/v1/chat/completions', key: KEY });
  });

  test('is tried once, and the error says what the server says', async () => {
    gateway.on('/v1/chat/completions', (_, res) =>
      json(res, 500, { error: { message: 'Ollama_chatException - no memory', type: 'api_error' } }),
    );
    await expect(chat(service, 'phi3-3.8b', 'x', LIMIT)).rejects.toThrow(
      `${gateway.url} answers 500 Ollama_chatException - no memory`,
    );
    expect(gateway.requests).toHaveLength(1);
  });

  test('ends at its deadline', async () => {
    gateway.on('/v1/chat/completions', () => {});
    await expect(chat(service, 'm', 'x', { timeoutMs: 200 })).rejects.toThrow('does not answer within 0.2 s');
  });

  test('ends when the run does', async () => {
    gateway.on('/v1/chat/completions', () => {});
    const stop = new AbortController();
    const asked = chat({ ...service, signal: stop.signal }, 'm', 'x', LIMIT);
    setTimeout(() => stop.abort(new Error('interrupted')), 50);
    await expect(asked).rejects.toThrow('interrupted');
  });

  test('a port where nobody listens refuses', async () => {
    await gateway.close();
    await expect(chat(service, 'm', 'x', LIMIT)).rejects.toThrow(`${service.url} refuses the connection`);
  });
});

describe('a stream', () => {
  test('says when its first token came, and how fast the others', async () => {
    const said = await stream(service, 'phi3-3.8b', 'hxllm-0123456789', LIMIT);
    expect(said).toMatchObject({ text: 'hxllm-0123456789', pieces: 16, tokens: 16, finish: 'stop' });
    expect(said.firstMs).toBeLessThanOrEqual(said.tookMs);
    expect(said.tokensPerSecond).toBeGreaterThan(1);
    expect(said.tokensPerSecond).toBeLessThan(1000);
  });

  test('that is cut is an error', async () => {
    gateway.on('/v1/chat/completions', (_, res) => void send(res, 'hxllm-01234', { cut: 4 }));
    await expect(stream(service, 'm', 'x', LIMIT)).rejects.toThrow('closes the connection');
  });

  test('that stops to come ends at the deadline', async () => {
    gateway.on('/v1/chat/completions', (_, res) => void send(res, 'hxllm-01234', { everyMs: 400 }));
    await expect(stream(service, 'm', 'x', { timeoutMs: 600 })).rejects.toThrow(
      'does not answer within 0.6 s',
    );
  });
});

test('an embedding asks for plain numbers', async () => {
  expect(await embedding(service, 'nomic', 'x', LIMIT)).toEqual([0.1, 0.2, 0.3]);
  expect(gateway.requests[0]?.body).toMatchObject({ encoding_format: 'float', input: 'x' });
});

describe('the model list', () => {
  test('is sorted', async () => {
    gateway.on('/v1/models', (_, res) => json(res, 200, { data: [{ id: 'b' }, { id: 'a' }] }));
    expect(await listModels(service)).toEqual(['a', 'b']);
  });
  test('a refusal says what was answered', async () => {
    await expect(listModels({ ...service, key: 'sk-wrong' })).rejects.toThrow(
      'answers 401 auth_error: invalid or missing API key',
    );
  });
});

test.each([
  [401, 'auth_error', true],
  [400, 'no_db_connection', true],
  [400, 'invalid_request_error', false],
  [429, 'rate_limit_error', true],
  [500, 'internal_server_error', false],
  [200, undefined, false],
])('%i %s refuses the key: %s', (status, type, refused) => {
  expect(refusesKey({ status, json: { error: { type } } })).toBe(refused);
});

describe('words for no answer', () => {
  test('a name that is not there', async () => {
    await expect(ask({ url: 'http://nobody.invalid' }, '/')).rejects.toThrow('is not found by its name');
  });
  test('a server that never answers', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    await expect(ask({ url: `http://127.0.0.1:${port}` }, '/', { timeoutMs: 200 })).rejects.toThrow(
      'does not answer within 0.2 s',
    );
    silent.close();
  });
  test('a server that hangs up', async () => {
    const rude = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    const { port } = rude.address() as { port: number };
    await expect(ask({ url: `http://127.0.0.1:${port}` }, '/')).rejects.toThrow('closes the connection');
    rude.close();
  });
});

test('the recorder keeps requests and answers, but no key', async () => {
  const recorder = new Recorder();
  await chat({ ...service, fetch: recorder.fetch }, 'phi3-3.8b', 'hxllm-1', LIMIT);
  await stream({ ...service, fetch: recorder.fetch }, 'phi3-3.8b', 'hxllm-2', LIMIT);
  await gateway.close();
  await ask({ ...service, fetch: recorder.fetch }, '/').catch(() => {});
  const kept = await recorder.take();
  expect(kept.map(({ request, response }) => [request.method, response?.status])).toEqual([
    ['POST', 200],
    ['POST', 200],
    ['GET', undefined],
  ]);
  expect(kept[0]?.request.body).toContain('hxllm-1');
  expect(kept[0]?.request.headers.authorization).toBe('[secret]');
  expect(kept[1]?.response?.body).toContain('data: [DONE]');
  expect(kept[2]).toMatchObject({ error: expect.stringMatching(/ECONNREFUSED|closed/) });
  expect(JSON.stringify(kept)).not.toContain(KEY);
  expect(await recorder.take()).toEqual([]);
});
