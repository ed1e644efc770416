// Client keys on a running gateway: made, limited, listed and revoked live; each right from both sides; dead keys stay dead.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Loaded, load } from '../support/load.js';
import { ACCEPTED, answers as answersOf, REFUSED, vaultOf } from './support/keys.js';
import { watching } from './support/processes.js';
import { begin } from './support/running.js';
import { kept } from './support/search.js';
import { useDeployed } from './support/shared.js';
import { type Copy, copyInventory, GATEWAY, masterKey, VARIABLES, verified } from './support/stack.js';

const lab = useDeployed();
const LIST = 'group_vars/all/litellm_clients.yml';
const MODEL = 'phi3-3.8b';
const CHAT = '/v1/chat/completions';
let copy: Copy;
let env: Copy['env'];
let began = '';
const secrets: Record<string, string> = {};
const hxllm = (...args: string[]) => lab().hxllm(args, { env });
const url = () => `http://${lab().address(GATEWAY)}:4000`;
const answers = (key: string) => answersOf(lab(), GATEWAY, key);

/** Since when the services run, and from which release. */
const since = async () =>
  (
    await lab().ssh(
      GATEWAY,
      'systemctl show -p ExecMainStartTimestampMonotonic --value litellm haproxy; readlink /etc/litellm/current',
    )
  ).stdout;

async function ask(key: string, path: string, body?: object, headers = {}) {
  const answer = await fetch(`${url()}${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, text: await answer.text() };
}
const chat = (key: string, more: object = {}, path = CHAT, headers = {}) =>
  ask(key, path, { model: MODEL, messages: [{ role: 'user', content: 'hello' }], ...more }, headers);

/** Makes a client and gives its key. */
async function create(name: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await hxllm('keys', 'create', name, ...args, '--yes', '--show');
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^sk-[0-9a-f]{48}\n$/);
  expect(stderr).not.toContain(stdout.trim());
  secrets[name] = stdout.trim();
  return stdout.trim();
}

async function underLoad(work: () => Promise<void>): Promise<Loaded> {
  const master = await masterKey(lab());
  const running = load({ url: url(), model: MODEL, key: () => master, perSecond: 5, forMs: 120_000 });
  await work();
  return running.stop();
}

beforeAll(async () => {
  copy = copyInventory(lab());
  env = copy.env;
  const other = '  - {name: other, provider: ollama, model: "phi3:3.8b"}';
  copy.replace(VARIABLES, /^litellm_models:$/m, `litellm_models:\n${other}`);
  const { code, stdout } = await hxllm('deploy', '--yes', '--limit', GATEWAY);
  expect([code, code === 0 ? '' : stdout]).toEqual([0, '']);
  began = await since();
});

test('made under load: 0 failed, nothing started again, no process and no output shows a key', async () => {
  const before = await vaultOf(lab(), copy);
  const { failed, sent } = await underLoad(async () => {
    const alice = await create('alice', '--model', MODEL);
    expect(await answers(alice)).toEqual(ACCEPTED);
    const { seen } = await watching({ alice, master: await masterKey(lab()) }, async () => {
      const again = await hxllm('keys', 'create', 'alice', '--model', MODEL, '--yes', '--json', '-v');
      expect([again.code, JSON.parse(again.stdout)]).toMatchObject([0, { client: 'alice', state: 'done' }]);
      expect(again.stdout + again.stderr).not.toContain(alice);
      await create('prometheus', '--metrics');
    });
    expect(seen).toEqual([]);
  });
  expect(failed).toEqual([]);
  expect(sent).toBeGreaterThan(20);
  expect(await vaultOf(lab(), copy)).toEqual({
    ...before,
    vault_litellm_client_alice: secrets.alice,
    vault_litellm_client_prometheus: secrets.prometheus,
  });
  expect(copy.read(LIST).split('\n').slice(2)).toEqual([
    'litellm_clients:',
    '  - name: "alice"',
    '    key: "{{ vault_litellm_client_alice }}"',
    `    models: ["${MODEL}"]`,
    '  - name: "prometheus"',
    '    key: "{{ vault_litellm_client_prometheus }}"',
    '    metrics: true',
    '',
  ]);
  expect(await since()).toBe(began);
  expect((await hxllm('plan')).code).toBe(0);
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
    ['another key by a header', 400, (key) => chat(key, {}, CHAT, { 'x-litellm-api-key': 'sk-x' })],
    ['fallbacks', 400, (key) => chat(key, { fallbacks: ['other'] })],
    ['fallbacks of the router', 400, (key) => chat(key, { router_settings_override: { fallbacks: [] } })],
    ['another server', 400, (key) => chat(key, { api_base: 'http://127.0.0.1:9' })],
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
      `for p in key/generate v1/model/info openai/deployments/other/chat/completions engines/other/chat/completions; do
         curl -s -o /dev/null -w '%{http_code} ' -H 'authorization: Bearer ${secrets.alice}' -H 'content-type: application/json' -d '{"model":"${MODEL}","messages":[]}' http://127.0.0.1:4401/$p; done`,
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

test('limits answer 429, an end is an end', async () => {
  const until = new Date(Date.now() + 25_000).toISOString().replace(/\.\d+/, '');
  const ends = await create('ends', '--expires', until);
  const rpm = await create('rpm', '--rpm', '2');
  const tpm = await create('tpm', '--tpm', '1');
  const parallel = await create('parallel', '--max-parallel', '1');
  const statuses = async (key: string, times: number) => {
    const found: number[] = [];
    for (let i = 0; i < times; i++) found.push((await chat(key)).status);
    return found;
  };
  expect(await statuses(rpm, 4)).toEqual([200, 200, 429, 429]);
  expect((await statuses(tpm, 3)).slice(-1)).toEqual([429]);
  const atOnce = await Promise.all(Array.from({ length: 6 }, () => chat(parallel)));
  expect(new Set(atOnce.map((a) => a.status))).toEqual(new Set([200, 429]));
  expect((await chat(parallel)).status).toBe(200);
  await expect.poll(() => answers(ends), { timeout: 40_000, interval: 1000 }).toEqual(REFUSED);
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
  expect(listed.stdout).toMatch(/ends .* expired\n/);
  for (const key of Object.values(secrets)) expect(listed.stdout).not.toContain(key);
  const deploy = await hxllm('deploy', '--yes', '--limit', GATEWAY);
  expect([deploy.code, deploy.code === 0 ? '' : deploy.stdout]).toEqual([0, '']);
  expect((await chat(secrets.alice!, { model: 'other' })).status).toBe(403);
  expect(await since()).toBe(began);
});

test('revoked under load: refused at once, through HAProxy and by LiteLLM itself, also after a further deploy', async () => {
  const { failed } = await underLoad(async () => {
    const { code, stdout, stderr } = await hxllm('keys', 'revoke', 'rpm', '--yes');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/the key of rpm is refused everywhere/)]);
    expect(stdout + stderr).not.toContain(secrets.rpm);
    expect(await answers(secrets.rpm!)).toEqual(REFUSED);
  });
  expect(failed).toEqual([]);
  expect(await since()).toBe(began);
  expect(copy.read(LIST)).not.toMatch(/rpm/);
  expect(await vaultOf(lab(), copy)).not.toHaveProperty('vault_litellm_client_rpm');
  const { code } = await hxllm('deploy', '--yes', '--limit', GATEWAY, '-e', '{"litellm_max_retries": 1}');
  expect(code).toBe(0);
  expect(await since()).not.toBe(began);
  began = await since();
  expect(await answers(secrets.rpm!)).toEqual(REFUSED);
  expect(await answers(secrets.alice!)).toEqual(ACCEPTED);
  const map = await lab().ssh(
    GATEWAY,
    "echo 'show map /etc/haproxy/clients.map' | socat stdio /run/haproxy/admin.sock",
  );
  const names = (text: string) =>
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ').at(-1))
      .sort();
  expect(names(map.stdout)).toEqual(['admin', 'alice', 'ends', 'parallel', 'prometheus', 'tpm']);
});

test('killed in the middle of a revocation: the same command finishes it', async () => {
  const revoke = begin(lab(), ['keys', 'revoke', 'tpm', '--yes'], env);
  revoke.killAt(/Take its key from the gateways/, 'SIGKILL');
  expect((await revoke.ended).signal).toBe('SIGKILL');
  expect(copy.read(LIST)).not.toMatch(/"tpm"/);
  const again = await hxllm('keys', 'revoke', 'tpm', '--yes', '--lock-wait', '10');
  expect([again.code, again.code === 0 ? '' : again.stderr]).toEqual([0, '']);
  expect(await answers(secrets.tpm!)).toEqual(REFUSED);
  expect(await vaultOf(lab(), copy)).not.toHaveProperty('vault_litellm_client_tpm');
  const third = await hxllm('keys', 'revoke', 'tpm', '--yes');
  expect([third.code, third.stderr]).toEqual([2, expect.stringMatching(/no client is named tpm/)]);
});

test('two at once: one waits or is told, and none is lost', async () => {
  const both = await Promise.all(['one', 'two'].map((name) => hxllm('keys', 'create', name, '--yes')));
  expect(both.map((b) => b.code).sort()).toEqual([0, 5]);
  const done = await Promise.all(
    ['one', 'two'].map((name) => hxllm('keys', 'create', name, '--yes', '--lock-wait', '60')),
  );
  expect(done.map((b) => b.code)).toEqual([0, 0]);
  const vault = await vaultOf(lab(), copy);
  for (const name of ['one', 'two']) {
    secrets[name] = vault[`vault_litellm_client_${name}`]!;
    expect(await answers(secrets[name])).toEqual(ACCEPTED);
  }
});

test('a gateway that is not reached: exit 4, and what is where', async () => {
  const line = /^(hx-api-server\S*)/m;
  const ini = copy.read('dev.ini');
  copy.write(
    'dev.ini',
    ini.replace(/^\[litellm\]$/m, '[litellm]\nlost ansible_host=127.0.0.1 ansible_port=9'),
  );
  expect(ini).toMatch(line);
  const made = await hxllm('keys', 'create', 'three', '--yes', '--timeout', '3');
  expect([made.code, made.stderr]).toEqual([4, expect.stringMatching(/lost[\s\S]*done on: hx-api-server/)]);
  secrets.three = (await vaultOf(lab(), copy)).vault_litellm_client_three!;
  expect(await answers(secrets.three)).toEqual(ACCEPTED);
  const gone = await hxllm('keys', 'revoke', 'three', '--yes', '--timeout', '3');
  expect([gone.code, gone.stderr]).toEqual([
    4,
    expect.stringMatching(/alive where it could not be taken away; finish it with: hxllm keys revoke three/),
  ]);
  expect(await answers(secrets.three)).toEqual(REFUSED);
  expect((await hxllm('keys', 'list', '--timeout', '3')).code).toBe(4);
  copy.write('dev.ini', ini);
  expect((await hxllm('keys', 'revoke', 'three', '--yes')).code).toBe(0);
  expect(await vaultOf(lab(), copy)).not.toHaveProperty('vault_litellm_client_three');
});

test('no host keeps a key', () => {
  expect(kept(lab(), GATEWAY, secrets)).toEqual([]);
});

test('a list of the person is left alone: exit 2, with the lines to add', async () => {
  const other = copyInventory(lab());
  other.write('group_vars/litellm.yml', 'litellm_clients: []\n');
  const args = ['keys', 'create', 'x', '--rpm', '5', '--yes'];
  const { code, stderr } = await lab().hxllm(args, { env: other.env });
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/- name: "x"[\s\S]*vault_litellm_client_x[\s\S]*rpm: 5/),
  ]);
  expect(existsSync(join(other.folder, LIST))).toBe(false);
  expect(readFileSync(join(other.folder, 'group_vars/all/vault.yml'), 'utf8')).toBe(
    readFileSync(join(lab().folder, 'group_vars/all/vault.yml'), 'utf8'),
  );
});
