// Going back to each of the last releases under load: no request fails, and what answers is that release.
import { beforeAll, expect, test } from 'vitest';
import { poll } from '../../src/retry.js';
import type { Ran } from '../support/cli.js';
import { type Loaded, load } from '../support/load.js';
import { FULL, fullOnly, RATE } from './support/full.js';
import { useDeployed } from './support/shared.js';
import { BACKENDS, GATEWAY, masterKey } from './support/stack.js';

/** Requests without which a measurement says nothing. */
const LEAST = 40;
const lab = useDeployed();
let key = '';
/** Ids of releases: of the first deploy, with another LiteLLM and other backends, with another model. */
const ids: string[] = [];

const ssh = async (command: string) => {
  const { code, stdout, stderr } = await lab().ssh(GATEWAY, command);
  if (code !== 0) throw new Error(`${command}\nended with ${code}: ${stdout}${stderr}`);
  return stdout.trim();
};
const current = async () => (await ssh('readlink /etc/litellm/current')).replace('releases/', '');
const offered = async () => {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await fetch(`http://${lab().address(GATEWAY)}:4000/v1/models`, { headers });
  return ((await answer.json()) as { data: { id: string }[] }).data.map(({ id }) => id).sort();
};
/** The venv that LiteLLM's process runs from. */
const runs = async () =>
  (
    await ssh("tr '\\0' '\\n' < /proc/$(systemctl show -p MainPID --value litellm)/cmdline | head -n 1")
  ).replace(/\/bin\/.*/, '');
const venvOf = (id: string) => ssh(`readlink /etc/litellm/releases/${id}/venv`);
const units = () => ssh('systemctl is-active litellm litellm-standby haproxy || true');
const SERVES = 'active\ninactive\nactive';

/** Whether the ports that a release asks HAProxy for are open. */
const listening = (id: string) =>
  ssh(
    `for p in $(grep -o '127.0.0.1:114[0-9]*' /etc/litellm/releases/${id}/config.yaml | sort -u); do ss -Hltn "src $p" | grep -q . && echo $p; done | wc -l`,
  );

async function underLoad(args: string[]): Promise<Ran & { load: Loaded }> {
  const url = `http://${lab().address(GATEWAY)}:4000`;
  const running = load({ url, model: 'phi3-3.8b', key: () => key, perSecond: RATE, forMs: 280_000 });
  const ran = await lab().hxllm(args);
  // what is over at once is measured together with the moments after it
  await poll(async () => running.seen.length > LEAST || undefined, { timeoutMs: 60_000 });
  const loaded = await running.stop();
  console.log(
    `${args.join(' ').slice(0, 80)}: ${loaded.sent} sent, ${loaded.failed.length} failed, longest gap ${loaded.longestGapMs} ms ${loaded.failed.slice(0, 3).join(' ')}`,
  );
  return { ...ran, load: loaded };
}

/** The same two under other names: another set, with another listener, that can do as much. */
const byAddress = () =>
  `"litellm_backends": [${BACKENDS.map((host) => `"http://${lab().address(host)}:11434"`).join(', ')}]`;
const MODELS =
  '"litellm_models": [{"name": "phi3-3.8b", "provider": "ollama", "model": "phi3:3.8b"}, {"name": "phi3-also", "provider": "ollama", "model": "phi3:3.8b"}]';

beforeAll(async () => {
  key = await masterKey(lab());
  ids.push(await current());
  for (const variables of [`{${byAddress()}, "litellm_version": "1.105.3"}`, `{${MODELS}}`]) {
    const { code, stdout, stderr } = await lab().hxllm([
      'deploy',
      '--yes',
      '--role',
      'gateway',
      '-e',
      variables,
    ]);
    if (code !== 0) throw new Error(`${variables} was not deployed, exit ${code}:\n${stdout}${stderr}`);
    ids.push(await current());
  }
  expect(new Set(ids).size).toBe(3);
});

/** What answers is this release: its link, its models, its venv, its listeners; nothing is left of how it came. */
async function serves(number: number, models: string[]): Promise<void> {
  const id = ids[number] as string;
  expect([await current(), await units()]).toEqual([id, SERVES]);
  expect(await offered()).toEqual(models);
  expect(await runs()).toBe(await venvOf(id));
  expect(await listening(id)).toBe('1');
  expect(await ssh('ls /var/lib/hxllm/transactions/*/armed /etc/litellm/next 2>/dev/null | wc -l')).toBe('0');
}

test('a release that no host has is exit 2 with those that there are; no question without a terminal', async () => {
  const before = await ssh('ls -l --time-style=full-iso /etc/litellm /etc/haproxy | sha256sum');
  const unknown = await lab().hxllm(['rollback', 'nosuch', '--yes']);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('no release nosuch')]);
  for (const id of ids) expect(unknown.stderr).toContain(id);
  expect((await lab().hxllm(['rollback'])).code).toBe(2);
  const looked = await lab().hxllm(['rollback', '--check', '--json']);
  expect([looked.code, JSON.parse(looked.stdout).releases]).toEqual([
    3,
    [{ host: lab().fqdn(GATEWAY), from: ids[2], to: ids[1] }],
  ]);
  expect(await ssh('ls -l --time-style=full-iso /etc/litellm /etc/haproxy | sha256sum')).toBe(before);
});

test('to the one before: another LiteLLM, other backends, other models: 0 failed', async () => {
  const { code, stdout, stderr, load } = await underLoad(['rollback', '--yes']);
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  expect(stdout).toContain('LiteLLM 1.106.2 → 1.105.3');
  expect(load.sent).toBeGreaterThan(LEAST);
  expect(load.failed).toEqual([]);
  await serves(1, ['phi3-3.8b']);
});

const FURTHER = FULL ? [0, 2] : [2];

test('to the first one, and on to the newest: 0 failed', async () => {
  for (const number of FURTHER) {
    const { code, stdout, stderr, load } = await underLoad(['rollback', ids[number] as string, '--yes']);
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
    expect(load.failed).toEqual([]);
    await serves(number, number === 0 ? ['phi3-3.8b'] : ['phi3-3.8b', 'phi3-also']);
  }
});

test('to one whose proof fails: exit 6, no client meets it, and the current one serves', async () => {
  await ssh(`sed -i 's|127.0.0.1:114..|127.0.0.1:9|' /etc/litellm/releases/${ids[1]}/config.yaml`);
  const { code, stdout, load } = await underLoad(['rollback', ids[1] as string, '--yes']);
  expect([code, stdout]).toEqual([
    6,
    expect.stringMatching(/restart litellm.service failed[\s\S]*everything is as it was/),
  ]);
  expect(load.failed).toEqual([]);
  await serves(2, ['phi3-3.8b', 'phi3-also']);
});

test('history tells it, and which release serves', async () => {
  const { history } = JSON.parse((await lab().hxllm(['history', '--limit', GATEWAY, '--json'])).stdout);
  const told = history.map(
    ({ reason, result, current }: Record<string, string>) =>
      `${reason} ${result}${current ? ', serves' : ''}`,
  );
  expect(told).toEqual([
    `rollback to ${ids[1]} undone`,
    ...FURTHER.toReversed().map((number) => `rollback to ${ids[number]} done`),
    `rollback to ${ids[1]} done`,
    'deploy done, serves',
    'deploy done',
    'deploy done',
  ]);
});

test('a release whose venv is gone is refused', async () => {
  const venv = await venvOf(ids[1] as string);
  await ssh(`mv ${venv} /root/venv`);
  const { code, stdout } = await lab().hxllm(['rollback', ids[1] as string, '--yes']);
  await ssh(`mv /root/venv ${venv}`);
  expect([code, stdout]).toEqual([1, expect.stringContaining(`its venv ${venv} or its config.yaml is gone`)]);
  expect(await current()).toBe(ids[2]);
});

fullOnly(
  'plan shows what the inventory wants otherwise, and a deploy goes back to it: 0 failed',
  async () => {
    const plan = await lab().hxllm(['plan']);
    expect([plan.code, plan.stdout]).toEqual([3, expect.stringContaining('phi3-also')]);
    const { code, stdout, stderr, load } = await underLoad(['deploy', '--yes', '--role', 'gateway']);
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
    expect(load.failed).toEqual([]);
    expect([ids.includes(await current()), await units(), await offered()]).toEqual([
      false,
      SERVES,
      ['phi3-3.8b'],
    ]);
    expect((await lab().hxllm(['plan'])).code).toBe(0);
    // the listeners of the releases before are gone, and so is the venv that no release names
    expect(await ssh('grep -c "^frontend ollama_" /etc/haproxy/haproxy.cfg')).toBe('1');
  },
);
