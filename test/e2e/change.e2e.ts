// Changes of a running gateway under load: no request fails, and a release that cannot work meets no client.
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Loaded, load } from '../support/load.js';
import { FULL, fullOnly, RATE } from './support/full.js';
import { useDeployed } from './support/shared.js';

const lab = useDeployed();
let key = '';

beforeAll(async () => {
  const vault = await lab().hxllm(['vault', 'view', join(lab().folder, 'group_vars/all/vault.yml')]);
  key = /sk-[\w-]+/.exec(vault.stdout)?.[0] ?? '';
  expect(key.length).toBeGreaterThan(20);
});

/** Runs a command line under load; the load begins before it and ends after it. */
async function underLoad(args: string[]): Promise<{ code: number | null; text: string; load: Loaded }> {
  const url = `http://${lab().address('hx-api-server')}:4000`;
  const running = load({ url, model: 'phi3-3.8b', key: () => key, perSecond: RATE, forMs: 240_000 });
  const { code, stdout, stderr } = await lab().hxllm(args);
  return { code, text: stdout + stderr, load: await running.stop() };
}

const current = async () => (await lab().ssh('hx-api-server', 'readlink /etc/litellm/current')).stdout.trim();
const ps = async () =>
  (await lab().ssh('hx-api-server', 'systemctl is-active litellm litellm-standby haproxy')).stdout;
const SERVES = 'active\ninactive\nactive\n';

const MODEL = '{"name": "phi3-3.8b", "provider": "ollama", "model": "phi3:3.8b"}';
const CHANGES: { what: string; args: string[] }[] = [
  { what: 'a changed environment value', args: ['-e', '{"litellm_environment": {"HX_NOTE": "changed"}}'] },
  {
    what: 'a new model, on one backend: another set of backends',
    args: [
      '-e',
      `{"litellm_models": [${MODEL}, {"name": "qwen3", "provider": "ollama", "model": "qwen3:0.6b"}]}`,
    ],
  },
];

// the ordinary run has models come and go under load in models.e2e.ts
const made = FULL ? CHANGES : [];

test.each(made)('$what: 0 failed', async ({ args }) => {
  const before = await current();
  const { code, text, load } = await underLoad(['deploy', '--yes', ...args]);
  expect([code, code === 0 ? '' : text]).toEqual([0, '']);
  expect(load.sent).toBeGreaterThan(20);
  expect(load.failed).toEqual([]);
  expect(await current()).not.toBe(before);
  expect(await ps()).toBe(SERVES);
});

const BAD: { what: string; args: string[]; says: RegExp; decisive?: true }[] = [
  {
    what: 'an unknown provider',
    args: ['-e', `{"litellm_models": [${MODEL}, {"name": "bad", "provider": "nosuch", "model": "x"}]}`],
    says: /bad is not offered/,
  },
  {
    what: 'a completion that fails',
    decisive: true,
    args: [
      '-e',
      `{"litellm_models": [${MODEL}, {"name": "far", "provider": "openai", "model": "x", "params": {"api_base": "http://127.0.0.1:9", "api_key": "none"}}]}`,
    ],
    says: /far/,
  },
  {
    what: 'an environment that LiteLLM does not start with',
    args: ['-e', '{"litellm_environment": {"PYTHONHOME": "/nowhere"}}'],
    says: /litellm-standby\S* does not start[\s\S]*(encodings|Python)/,
  },
];

const refused = BAD.filter(({ decisive }) => FULL || decisive);

test.each(refused)('$what: no client meets it, exit 6, all is as it was', async ({ args, says }) => {
  const before = await current();
  const { code, text, load } = await underLoad(['deploy', '--yes', '--limit', 'hx-api-server', ...args]);
  expect([code, text]).toEqual([6, expect.stringMatching(says)]);
  expect(load.failed).toEqual([]);
  expect([await current(), await ps()]).toEqual([before, SERVES]);
  expect(
    (await lab().ssh('hx-api-server', 'ls /var/lib/hxllm/transactions/*/armed 2>/dev/null | wc -l')).stdout,
  ).toBe('0\n');
});

test('a restart of the gateway: 0 failed, and a record of all that was done', async () => {
  const { code, text, load } = await underLoad(['restart', '--yes', '--limit', 'hx-api-server']);
  expect([code, text]).toEqual([0, expect.stringContaining('restarted')]);
  expect(load.failed).toEqual([]);
  expect(await ps()).toBe(SERVES);
  const history = JSON.parse(
    (await lab().hxllm(['history', '--limit', 'hx-api-server', '--json'])).stdout,
  ).history;
  expect(
    history.map(({ reason, result }: { reason: string; result: string }) => `${reason} ${result}`),
  ).toEqual([
    'restart done',
    ...refused.map(() => 'deploy undone'),
    ...made.map(() => 'deploy done'),
    'deploy done',
  ]);
});

fullOnly('plan afterwards says what is true', async () => {
  const { code, stdout } = await lab().hxllm(['plan']);
  expect([code, stdout]).toEqual([3, expect.stringContaining('qwen3')]);
});
