// Client checks run for real: curl, Python and Node against a gateway in this process, as a host runs them.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type ClientCheck, type Errand, hasScript, type Seen } from '../../src/checks/client.js';
import { failure, judgeClient } from '../../src/checks/client-result.js';
import { CLIENT_CHECKS } from '../../src/checks/clients.js';
import { Secret } from '../../src/secret.js';
import { fetchThrough } from '../../src/services/tls.js';
import { watching } from '../e2e/support/processes.js';
import { type FakeGateway, fakeGateway, json, stream } from '../services/fake-gateway.js';
import { tlsFront } from '../services/tls-front.js';
import { authority } from '../support/certificates.js';
import { run } from '../support/cli.js';
import { pythonWithOpenai } from '../support/python.js';

const CHAT = '/v1/chat/completions';
/** Characters that a shell, or curl's own files of options, would take for something. */
const KEY = `sk-it's-"a"\\key-$HOME-which-is-long`;
const MODEL = `it's "odd" $HOME`;

let fake: FakeGateway;
let python: string;
beforeAll(() => {
  python = pythonWithOpenai();
}, 200_000);
beforeEach(async () => {
  fake = await fakeGateway(KEY, [MODEL, 'second']);
});
afterEach(() => fake.close());

const errand = (rest: Partial<Errand> = {}): Errand => ({
  gateway: 'gw.lan',
  url: fake.url,
  model: MODEL,
  who: 'alice',
  key: new Secret(KEY),
  words: { chat: 'hxllm-0123456789', stream: 'hxllm-abcdef0123' },
  seconds: 10,
  chain: undefined,
  ...rest,
});

/** As a session sends it; where hosts have a venv, this machine may have one of its own. */
async function printed(script: string, folder = mkdtempSync(join(tmpdir(), 'hxllm-client-'))) {
  const own = script.replace(/^for p in .*; do$/m, `for p in ${python}; do`);
  const child = spawn('sh', ['-s'], { env: { ...process.env, TMPDIR: folder } });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stdin.end(own);
  await new Promise((resolve) => child.on('close', resolve));
  return out;
}

/** `to`: the port that the tunnel of Node leads to. */
async function seenBy(check: ClientCheck, asked: Errand, to = Number(new URL(fake.url).port)): Promise<Seen> {
  if (hasScript(check)) return check.read(await printed(check.script(asked)), asked);
  const { hostname: name } = new URL(asked.url);
  return check.ask(asked, {
    fetch: fetchThrough(to, { chain: asked.chain, name }),
    signal: new AbortController().signal,
    refused: () => undefined,
  });
}
const resultOf = async (check: ClientCheck, asked: Errand, to?: number) =>
  seenBy(check, asked, to).then(
    (seen) => judgeClient(asked, seen),
    (error) => failure(asked, error),
  );

describe.each(CLIENT_CHECKS.map((check) => [check.client, check] as const))('%s', (_, check) => {
  test('lists the models, gets an answer and a stream', async () => {
    const result = await resultOf(check, errand());
    expect(result.message).toMatch(
      /^(curl|openai) \d+\.\d+\S* .*as alice: lists 2 models; chat: gave the nonce back in \d+ ms; stream: first token after \d+ ms.*, 16 pieces in \d+ ms$/,
    );
    expect(result).toMatchObject({
      status: 'pass',
      data: { as: 'alice', url: fake.url, models: [MODEL, 'second'], chat: { echoed: true } },
    });
    expect(fake.requests.map(({ path, body, key }) => [path, body.model, body.max_tokens, key])).toEqual([
      ['/v1/models', undefined, undefined, KEY],
      [CHAT, MODEL, 64, KEY],
      [CHAT, MODEL, 64, KEY],
    ]);
  });

  test.each<[string, (fake: FakeGateway) => void, RegExp]>([
    [
      'a model that fails',
      (f) => f.on(CHAT, (_, res) => json(res, 500, { error: { message: 'no memory', type: 'api_error' } })),
      /^as alice at http\S+: no answer: .*500.*no memory/,
    ],
    [
      'a stream that ends early',
      (f) =>
        f.on(CHAT, ({ body }, res) =>
          body.stream
            ? void stream(res, 'hxllm-ab', { finish: false })
            : json(res, 200, { choices: [{ message: { content: 'x' } }] }),
        ),
      /as alice: stream: the stream ended early, after 8 pieces$/,
    ],
  ])('tells %s', async (_, breaks, message) => {
    breaks(fake);
    const result = await resultOf(check, errand());
    expect(result).toMatchObject({ status: 'fail', message: expect.stringMatching(message) });
  });

  test('tells a key that is refused, and what to do', async () => {
    const result = await resultOf(check, errand({ key: new Secret('sk-wrong') }));
    expect(result.message).toMatch(/the models are not listed: .*401.*invalid or missing API key/);
    expect(result.hint).toContain('hxllm deploy');
  });

  test('tells a port where nobody listens', async () => {
    await fake.close();
    const { message } = await resultOf(check, errand());
    expect(message).toMatch(/the models are not listed: it (refuses the connection|cannot be connected to)$/);
  });

  test('trusts the certificate of the inventory for its name, and no other', async () => {
    const ca = authority();
    const pair = ca.issue('DNS:localhost');
    const leaf = `${pair.certificate.split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n`;
    const front = await tlsFront(fake.url, pair);
    const url = `https://localhost:${front.port}`;
    const ask = (chain: string | undefined, at = url) =>
      resultOf(check, errand({ url: at, chain }), front.port);
    expect(await ask(leaf)).toMatchObject({ status: 'pass' });
    expect((await ask(undefined)).message).toMatch(/its certificate is not trusted|that is not trusted here/);
    expect((await ask(leaf, url.replace('localhost', '127.0.0.1'))).message).toMatch(/for another name$/);
    front.close();
  }, 40_000);
});

test('Node asks for the host that the URL names, wherever its connection goes', async () => {
  const [, , node] = CLIENT_CHECKS as [ClientCheck, ClientCheck, ClientCheck];
  expect(await resultOf(node, errand({ url: 'http://gw.lan:4000' }))).toMatchObject({ status: 'pass' });
});

test('no key is in an argument, in an environment or on the disk while they run; the search would find one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hxllm-key-'));
  const key = 'sk-planted-in-this-test-0123456789';
  const planted = 'sk-planted-to-be-found-0123456789';
  const slow = await fakeGateway(key, [MODEL]);
  const found: string[] = [];
  slow.on(CHAT, async ({ body }, res) => {
    found.push((await run('grep', ['-rlF', 'sk-planted', folder])).stdout);
    await new Promise((resolve) => setTimeout(resolve, 300));
    void stream(res, String(body.model));
  });
  const ask = (check: ClientCheck) =>
    hasScript(check) && printed(check.script(errand({ url: slow.url, key: new Secret(key) })), folder);
  const { sweeps, seen } = await watching({ key, planted }, async () => {
    await Promise.all(CLIENT_CHECKS.map(ask));
    await run('sh', ['-c', 'sleep 0.3; true', planted], { env: { ...process.env, PLANTED: planted } });
  });
  expect(seen.filter((line) => line.startsWith('key'))).toEqual([]);
  expect(seen).toEqual(expect.arrayContaining(['planted in argv of sh', 'planted in environment of sh']));
  expect(sweeps).toBeGreaterThan(3);
  expect(found.length).toBeGreaterThanOrEqual(2);
  expect(found.join('')).toBe('');
  await slow.close();
});
