// Client keys on a running gateway: made, limited, listed and revoked live; each right from both sides; dead keys stay dead.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Loaded, load } from '../support/load.js';
import { ACCEPTED, answers as answersOf, REFUSED, servingSince, vaultOf } from './support/keys.js';
import { watching } from './support/processes.js';
import { begin } from './support/running.js';
import { kept } from './support/search.js';
import { useDeployed } from './support/shared.js';
import { type Copy, copyInventory, GATEWAY, masterKey } from './support/stack.js';

const lab = useDeployed();
const LIST = 'group_vars/all/litellm_clients.yml';
const MODEL = 'phi3-3.8b';
const PER_SECOND = 10;
let copy: Copy;
let env: Copy['env'];
let began = '';
const secrets: Record<string, string> = {};
const hxllm = (...args: string[]) => lab().hxllm(args, { env });
const url = () => `http://${lab().address(GATEWAY)}:4000`;
const answers = (key: string) => answersOf(lab(), GATEWAY, key);

const since = () => servingSince(lab(), GATEWAY);

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
  const running = load({
    url: url(),
    model: MODEL,
    key: () => master,
    perSecond: PER_SECOND,
    forMs: 120_000,
  });
  await work();
  return running.stop();
}

beforeAll(async () => {
  copy = copyInventory(lab());
  env = copy.env;
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
  expect(sent).toBeGreaterThan(PER_SECOND);
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

test('revoked under load: refused at once, through HAProxy and by LiteLLM itself, also after a further deploy', async () => {
  await create('bob', '--rpm', '5');
  await create('tpm', '--tpm', '100', '--max-parallel', '2', '--expires', '2100-01-31');
  const { failed } = await underLoad(async () => {
    const { code, stdout, stderr } = await hxllm('keys', 'revoke', 'bob', '--yes');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/the key of bob is refused everywhere/)]);
    expect(stdout + stderr).not.toContain(secrets.bob);
    expect(await answers(secrets.bob!)).toEqual(REFUSED);
  });
  expect(failed).toEqual([]);
  expect(await since()).toBe(began);
  expect(copy.read(LIST)).not.toMatch(/bob/);
  expect(await vaultOf(lab(), copy)).not.toHaveProperty('vault_litellm_client_bob');
  const { code } = await hxllm('deploy', '--yes', '--limit', GATEWAY, '-e', '{"litellm_max_retries": 1}');
  expect(code).toBe(0);
  expect(await since()).not.toBe(began);
  began = await since();
  expect(await answers(secrets.bob!)).toEqual(REFUSED);
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
  expect(names(map.stdout)).toEqual(['admin', 'alice', 'prometheus', 'tpm']);
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
    expect.stringMatching(/the key is alive where it could not be taken away/),
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
