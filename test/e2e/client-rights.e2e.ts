// The rights of client keys on a real gateway, from both sides; `verify` proves them, and sees what somebody changed.
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/finding.js';
import { ACCEPTED, answers as answersOf, REFUSED, servingSince } from './support/keys.js';
import { useDeployed } from './support/shared.js';
import { type Copy, copyInventory, GATEWAY, VARIABLES, vaulted, verified } from './support/stack.js';

const lab = useDeployed();
const MODEL = 'phi3-3.8b';
const CHAT = '/v1/chat/completions';
const SECONDS = 100;
const RIGHTS: Record<string, string> = {
  alice: `models: [${MODEL}]`,
  prometheus: 'metrics: true',
  ends: `expires: ${Math.floor(Date.now() / 1000) + SECONDS}`,
  rpm: 'rpm: 2',
  tpm: 'tpm: 1',
  parallel: 'parallel: 1',
};
const secrets: Record<string, string> = {};
let copy: Copy;
let env: Copy['env'];
let began = '';
const hxllm = (...args: string[]) => lab().hxllm(args, { env });
const url = () => `http://${lab().address(GATEWAY)}:4000`;
const answers = (key: string) => answersOf(lab(), GATEWAY, key);

const since = () => servingSince(lab(), GATEWAY);

async function ask(key: string, path: string, body?: object, headers = {}) {
  const answer = await fetch(`${url()}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, text: await answer.text(), retry: answer.headers.get('retry-after') };
}
const chat = (key: string, more: object = {}, path = CHAT, headers = {}) =>
  ask(key, path, { model: MODEL, messages: [{ role: 'user', content: 'hello' }], ...more }, headers);

beforeAll(async () => {
  copy = copyInventory(lab());
  env = copy.env;
  const other = '  - {name: other, provider: ollama, model: "phi3:3.8b"}';
  copy.replace(VARIABLES, /^litellm_models:$/m, `litellm_models:\n${other}`);
  const lines = Object.entries(RIGHTS).map(([name, right]) => {
    secrets[name] = `sk-${randomBytes(24).toString('hex')}`;
    return `  - {name: ${name}, key: "{{ key_of_${name} }}", ${right}}\n`;
  });
  const keys = Object.entries(secrets).map(([name, key]) => vaulted(lab(), `key_of_${name}`, key));
  copy.write('group_vars/all/own.yml', `${keys.join('')}litellm_clients:\n${lines.join('')}`);
  const { code, stdout } = await hxllm('deploy', '--yes', '--limit', GATEWAY);
  expect([code, code === 0 ? '' : stdout]).toEqual([0, '']);
  began = await since();
});

describe('alice', () => {
  test('may chat with her model, with what clients send, and sees it alone', async () => {
    const alice = secrets.alice!;
    for (const more of [
      {},
      { temperature: 0, seed: 1, user: 'u', top_p: 1, max_tokens: 20, metadata: { chat_id: 'c' } },
      { top_k: 5, num_ctx: 2048, keep_alive: '5m', think: false, tools: [] },
    ])
      expect([more, await chat(alice, more)]).toMatchObject([more, { status: 200 }]);
    const streamed = await chat(alice, { stream: true, stream_options: { include_usage: true } });
    expect(streamed).toMatchObject({ status: 200, text: expect.stringContaining('[DONE]') });
    const { status, text } = await ask(alice, '/v1/models');
    expect([status, JSON.parse(text).data.map((m: { id: string }) => m.id)]).toEqual([200, [MODEL]]);
  });

  const REFUSALS: [
    what: string,
    status: number,
    (key: string) => Promise<{ status: number; text: string }>,
  ][] = [
    ['another model', 403, (key) => chat(key, { model: 'other' })],
    ['a list of models', 403, (key) => chat(key, { model: `${MODEL},other` })],
    ['another model by the address', 400, (key) => chat(key, {}, `${CHAT}?model=other`)],
    ['another model by a header', 400, (key) => chat(key, {}, CHAT, { 'x-litellm-model': 'other' })],
    ['another key by a header', 401, (key) => chat(key, {}, CHAT, { 'x-litellm-api-key': 'sk-x' })],
    ['fallbacks', 400, (key) => chat(key, { fallbacks: ['other'] })],
    ['fallbacks of the router', 400, (key) => chat(key, { router_settings_override: { fallbacks: [] } })],
    ['another server', 401, (key) => chat(key, { api_base: 'http://127.0.0.1:9' })],
    ['a made-up answer', 400, (key) => chat(key, { mock_response: 'x' })],
    ["LiteLLM's own metadata", 400, (key) => chat(key, { metadata: { tags: ['x'] } })],
    ['a path of deployments', 404, (key) => chat(key, {}, '/openai/deployments/other/chat/completions')],
    ['a path of engines', 404, (key) => chat(key, {}, '/engines/other/chat/completions')],
    ['the model of others', 403, (key) => ask(key, '/v1/models/other')],
    ['the configuration of models', 403, (key) => ask(key, '/v1/model/info')],
    ['keys', 404, (key) => ask(key, '/key/generate', {})],
    ['the metrics', 401, (key) => ask(key, '/metrics')],
  ];
  test.each(REFUSALS)('may not have %s', async (_, status, request) => {
    const answer = await request(secrets.alice!);
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(/not|invalid/i)]);
  });

  test('is no more to LiteLLM itself', async () => {
    const { stdout } = await lab().ssh(
      GATEWAY,
      `for p in 'POST key/generate' 'GET v1/model/info' 'POST openai/deployments/other/chat/completions' 'POST engines/other/chat/completions'; do set -- $p
         curl -s -o /dev/null -w '%{http_code} ' -X $1 -H 'authorization: Bearer ${secrets.alice}' -H 'content-type: application/json' -d '{"model":"${MODEL}","messages":[]}' http://127.0.0.1:4401/$2; done`,
    );
    expect(stdout.trim().split(' ')).toEqual(['403', '403', '403', '403']);
  });
});

test('the metrics carry the name of the client, and their key does nothing else', async () => {
  const key = secrets.prometheus!;
  const { status, text } = await ask(key, '/metrics/');
  expect([status, /litellm_\w+\{[^}]*api_key_alias="alice"/.test(text)]).toEqual([200, true]);
  expect([(await chat(key)).status, (await ask(key, '/v1/models')).status]).toEqual([403, 403]);
});

/** What a few chats, one after the other, are answered. A 429 says when to come again. */
async function statuses(key: string, times: number): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < times; i++) {
    const { status, retry } = await chat(key);
    found.push(status);
    expect([status, Number(retry) > 0]).toEqual([status, status === 429]);
  }
  return found;
}

test('limits answer 429, each for its own client', async () => {
  const [rpm, tpm, parallel] = [secrets.rpm!, secrets.tpm!, secrets.parallel!];
  expect(await statuses(rpm, 4)).toEqual([200, 200, 429, 429]);
  expect((await statuses(tpm, 3)).slice(-1)).toEqual([429]);
  const atOnce = await Promise.all(Array.from({ length: 6 }, () => chat(parallel)));
  expect(new Set(atOnce.map((a) => a.status))).toEqual(new Set([200, 429]));
  expect(atOnce.every(({ status, retry }) => status === 200 || Number(retry) > 0)).toBe(true);
  expect((await chat(parallel)).status).toBe(200);
  expect(await since()).toBe(began);
});

test('verify proves each right, and sees what somebody changed on the host; a deploy puts it back live', async () => {
  const findings = await verified(lab(), ['--only', 'client-keys,client-rights,auth'], env);
  expect(findings.filter((f) => f.check === 'client-keys').map((f) => f.subject)).toEqual([
    'alice',
    'prometheus',
    'ends',
    'rpm',
    'tpm',
    'parallel',
  ]);
  const file = '/etc/litellm/keys.json';
  await lab().ssh(
    GATEWAY,
    `python3 - <<'EOF'
import json, os
k = json.load(open('${file}'))
for e in k['keys'].values():
    if e['name'] == 'alice': del e['models']
k['keys']['f' * 64] = {'name': 'mallory'}
json.dump(k, open('${file}.x', 'w')); os.chmod('${file}.x', 0o640); os.system('chgrp litellm ${file}.x'); os.rename('${file}.x', '${file}')
EOF`,
  );
  const { code, stdout } = await hxllm('verify', '--only', 'client-keys,client-rights', '--json');
  const bad = JSON.parse(stdout).findings.filter((f: { status: string }) => f.status === 'fail');
  expect([code, bad.map((f: { message: string }) => f.message)]).toEqual([
    1,
    [
      expect.stringMatching(/alice has other rights.*mallory \(ffffffff\) is not in the inventory/),
      expect.stringMatching(/^sees other, phi3-3.8b, not phi3-3.8b; another model is not refused/),
    ],
  ]);
  const listed = await hxllm('keys', 'list');
  expect([listed.code, listed.stdout]).toEqual([0, expect.stringMatching(/alice .* differs on/)]);
  expect(listed.stdout).toMatch(/mallory +ffffffff .*not in the inventory/);
  for (const key of Object.values(secrets)) expect(listed.stdout).not.toContain(key);
  const deploy = await hxllm('deploy', '--yes', '--limit', GATEWAY);
  expect([deploy.code, deploy.code === 0 ? '' : deploy.stdout]).toEqual([0, '']);
  expect((await chat(secrets.alice!, { model: 'other' })).status).toBe(403);
  expect(await since()).toBe(began);
});

test('an end is an end, without anybody doing anything', async () => {
  await expect
    .poll(() => answers(secrets.ends!), { timeout: SECONDS * 1000, interval: 1000 })
    .toEqual(REFUSED);
  await verified(lab(), ['--only', 'client-keys,client-rights'], env);
  expect((await hxllm('keys', 'list')).stdout).toMatch(/^ends .* expired$/m);
  expect(await answers(secrets.alice!)).toEqual(ACCEPTED);
  expect(await since()).toBe(began);
});

test('doctor says whom the gateway refused, and why', async () => {
  const { code, stdout } = await hxllm('doctor', '--only', 'refused', '--json');
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  const of = (name: string) =>
    findings
      .filter(({ subject }) => subject?.startsWith(`${name} at `))
      .map(({ message, hint }) => `${message} (${hint})`);
  expect([code, of('ends'), of('rpm')]).toEqual([
    0,
    [expect.stringMatching(/^came with a key that ended on 2\d{3}-.* rotate-key --client ends\)$/)],
    [expect.stringMatching(/^had used up what it may \(rpm 2\): 2 times .*litellm_max_rpm/)],
  ]);
  expect(of('prometheus')).toEqual([
    expect.stringMatching(/^asked for a model or a path that its key may not have: .* 403 /),
  ]);
  expect(of('alice')).toContainEqual(expect.stringMatching(/^asked for a model or a path .*hxllm keys list/));
});

test('limits of all clients, and of the size of a request', async () => {
  const MOST = 60;
  copy.write('group_vars/all/limits.yml', `litellm_max_rpm: ${MOST}\nlitellm_max_request_mb: 1\n`);
  const { code, stdout } = await hxllm('deploy', '--yes', '--limit', GATEWAY);
  expect([code, code === 0 ? '' : stdout]).toEqual([0, '']);
  // before it has been sent: not every client reads an answer that comes so early
  const large = await lab().ssh(
    GATEWAY,
    `head -c 1000001 /dev/zero | curl -s -o /dev/null -w '%{http_code}' -H 'authorization: Bearer ${secrets.alice}' --data-binary @- http://127.0.0.1:4000${CHAT}`,
  );
  expect(large.stdout).toBe('413');
  // the proof of the deploy has asked with each client's key, too
  const found = await statuses(secrets.alice!, MOST + 1);
  const good = found.indexOf(429);
  expect([good > 0, good <= MOST]).toEqual([true, true]);
  expect(found).toEqual(found.map((_, i) => (i < good ? 200 : 429)));
  expect((await chat(secrets.prometheus!)).status).toBe(429);
  // what the administrator asks is neither counted nor refused; clients cannot be asked just now
  await verified(lab(), ['--only', 'completions,auth'], env);
  const { findings } = JSON.parse((await hxllm('verify', '--only', 'client-keys', '--json')).stdout);
  expect(findings[0]).toMatchObject({
    subject: 'alice',
    status: 'warn',
    message: expect.stringMatching(/at their limit/),
  });
  expect(await since()).toBe(began);
});
