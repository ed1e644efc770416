// Models on real backends: listed, pulled with room looked for first, resumed after a cut, made the same, taken away; the gateway follows.
import { beforeAll, expect, test } from 'vitest';
import { load } from '../support/load.js';
import { RATE } from './support/full.js';
import { begin } from './support/running.js';
import { onHost } from './support/search.js';
import { useDeployed } from './support/shared.js';
import { BACKENDS, GATEWAY, masterKey } from './support/stack.js';

const lab = useDeployed();
const [FIRST, SECOND] = BACKENDS as [string, string];
let key = '';
beforeAll(async () => {
  key = await masterKey(lab());
});

interface Row {
  host: string;
  model: string;
  size?: number;
  digest?: string;
  loaded: boolean;
  offered: string[];
  state: string;
}
const models = (...args: string[]) => lab().hxllm(['models', ...args]);
async function rows(model: string, ...args: string[]): Promise<Row[]> {
  const { stdout } = await models('list', '--json', ...args);
  return (JSON.parse(stdout) as { models: Row[] }).models.filter((row) => row.model === model);
}
async function ask(model: string): Promise<number> {
  const { status } = await fetch(`http://${lab().address(GATEWAY)}:4000/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] }),
  });
  return status;
}
/** Runs a command under load; no request may fail. */
async function underLoad(...args: string[]): Promise<string> {
  const url = `http://${lab().address(GATEWAY)}:4000`;
  const running = load({ url, model: 'phi3-3.8b', key: () => key, perSecond: RATE, forMs: 240_000 });
  const { code, stdout, stderr } = await models(...args);
  const { sent, failed } = await running.stop();
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  expect([sent > RATE, failed]).toEqual([true, []]);
  return stdout;
}

test('the list: size, digest, in memory or not, and as what clients get it', async () => {
  await ask('phi3-3.8b');
  await ask('phi3-3.8b');
  const seen = await rows('phi3:3.8b');
  expect(seen).toMatchObject([
    { host: lab().fqdn(FIRST), offered: ['phi3-3.8b'], state: 'ok' },
    { host: lab().fqdn(SECOND), offered: ['phi3-3.8b'], state: 'ok' },
  ]);
  expect(seen.some(({ loaded }) => loaded)).toBe(true);
  expect(seen.every(({ size, digest }) => size! > 1_000_000 && /^[0-9a-f]{64}$/.test(digest!))).toBe(true);
  const { stdout } = await models('list');
  expect(stdout).toMatch(
    /^MODEL +HOST +SIZE +DIGEST +LOADED +OFFERED AS +STATE\nphi3:3\.8b +hx-llm01.* phi3-3\.8b +ok\n/,
  );
});

const MODELS = '/var/lib/ollama/models';

test('no room on one host: said with the sizes, and nothing is pulled on any', async () => {
  onHost(lab(), SECOND, `mount -t tmpfs -o size=30m tmpfs ${MODELS}`);
  const { code, stdout, stderr } = await models('pull', 'large:64m');
  onHost(lab(), SECOND, `umount ${MODELS}`);
  expect([code, stdout + stderr]).toEqual([
    1,
    expect.stringMatching(
      /no room in \/var\/lib\/ollama\/models: 6\d MB are to come, 3\d MB are free; nothing was\s+(›\s+)?pulled/,
    ),
  ]);
  expect(await rows('large:64m')).toEqual([]);
});

test('a pull that is cut goes on where it was; hosts side by side, with bytes', async () => {
  const pull = ['models', 'pull', 'slow-large:64m', '--yes'];
  const cut = begin(lab(), pull);
  await cut.until(/hx-llm01\S*: model slow-large:64m: pulling \S+ [3-9]\d % of 6[\d.]+ MB/);
  cut.kill('SIGKILL');
  await cut.ended;
  const again = begin(lab(), [...pull, '--lock-wait', '15']);
  const { code, said } = await again.ended;
  expect(code).toBe(0);
  const percents = [...said.matchAll(/hx-llm01\S*: model slow-large:64m: pulling \S+ (\d+) % of/g)].map(
    ([, p]) => Number(p),
  );
  expect(percents[0]).toBeGreaterThanOrEqual(25);
  expect(said).toMatch(/hx-llm02\S*: model slow-large:64m: pulling \S+ \d+ % of/);
  expect(await rows('slow-large:64m')).toMatchObject([{ state: 'not wanted' }, { state: 'not wanted' }]);
});

test('one that no registry has: exit 1, as Ollama says it', async () => {
  const { code, stdout } = await models('pull', 'nosuch:1b', '--limit', FIRST);
  expect([code, stdout]).toEqual([1, expect.stringContaining('file does not exist')]);
});

const MORE = [
  '-e',
  '{"litellm_models": [{"name": "phi3-3.8b", "provider": "ollama", "model": "phi3:3.8b"}, {"name": "qwen3", "provider": "ollama", "model": "qwen3:0.6b"}], "ollama_models": ["phi3:3.8b", "qwen3:0.6b"]}',
];

test('sync: what the inventory asks for comes, the gateway follows, what nobody wants goes: 0 failed', async () => {
  const check = await models('sync', '--prune', '--check', ...MORE);
  expect([check.code, check.stdout]).toEqual([
    3,
    `${[FIRST, SECOND].map((host) => `${lab().fqdn(host)}: pull qwen3:0.6b\n${lab().fqdn(host)}: remove slow-large:64m`).join('\n')}\n`,
  ]);
  await underLoad('sync', '--prune', '--yes', ...MORE);
  expect(await ask('qwen3')).toBe(200);
  expect(await rows('qwen3:0.6b', ...MORE)).toMatchObject([
    { offered: ['qwen3'], state: 'ok' },
    { state: 'ok' },
  ]);
  expect(await rows('slow-large:64m')).toEqual([]);
  expect((await models('sync', '--prune', '--check', ...MORE)).code).toBe(0);
});

test('another release of it on one host: seen, and made the same again', async () => {
  onHost(
    lab(),
    SECOND,
    `curl -sf http://127.0.0.1:11434/api/copy -d '{"source": "qwen3:0.6b", "destination": "phi3:3.8b"}'`,
  );
  expect(await rows('phi3:3.8b')).toMatchObject([{ state: 'differs' }, { state: 'differs' }]);
  const { code, stdout, stderr } = await models('sync', '--yes', ...MORE);
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  expect(await rows('phi3:3.8b')).toMatchObject([{ state: 'ok' }, { state: 'ok' }]);
});

test('removal: refused while the inventory asks for it; else no gateway offers it first: 0 failed', async () => {
  const wanted = await models('remove', 'qwen3:0.6b', '--yes', ...MORE);
  expect([wanted.code, wanted.stderr]).toEqual([2, expect.stringContaining('the inventory asks for')]);
  const stdout = await underLoad('remove', 'qwen3:0.6b', '--yes');
  expect(stdout).toContain(`${lab().fqdn(GATEWAY)}: changed`);
  expect(await ask('qwen3')).toBe(400);
  expect(await rows('qwen3:0.6b')).toEqual([]);
  expect((await lab().hxllm(['plan'])).code).toBe(0);
  const none = await models('remove', 'qwen3:0.6b', '--yes');
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('no chosen host has qwen3:0.6b')]);
});

test('an Ollama that does not run, and a host that is off, are said; the rest is listed', async () => {
  await lab().ssh(FIRST, 'systemctl stop ollama');
  const stopped = await models('list');
  expect([stopped.code, stopped.stdout]).toEqual([
    1,
    expect.stringMatching(/hx-llm01\S*: Ollama: it refuses the connection/),
  ]);
  await lab().powerOff(FIRST);
  const off = await models('list', '--timeout', '4');
  expect([off.code, off.stdout]).toEqual([4, expect.stringMatching(/phi3:3\.8b +hx-llm02/)]);
});
