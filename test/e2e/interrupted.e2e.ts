// The controller dies, is stopped or loses its cable in the middle of a change: the host notices, stays whole, and the next deploy finishes.
import { hostname, userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { fullOnly } from './support/full.js';
import { begin, inside, leftOf } from './support/running.js';
import { useDeployed } from './support/shared.js';
import { BACKENDS, echoed, GATEWAY, verified } from './support/stack.js';

const lab = useDeployed();

/** The host gives up 5 s after the last word of its controller. */
const NOTICES = { timeout: 15_000 };
const free = (host: string) => expect.poll(() => leftOf(lab(), host), NOTICES).toBe('');

/** A model whose pull takes half a minute: a step to be interrupted in. */
const SLOW = ['-e', '{"ollama_models": ["phi3:3.8b", "slow-large:64m"]}'];
const pulling = (host: string) => ['deploy', '--yes', '--limit', host, ...SLOW];
const PULLING = /model slow-large:64m: pulling [^\n]* \d+ % of/;
const models = async (host: string) =>
  (
    await inside(
      lab(),
      host,
      "curl -sf http://127.0.0.1:11434/api/tags | grep -o 'slow-large:64m' | head -n 1",
    )
  ).stdout;

async function planned(host: string, args: string[]) {
  const { code, stdout } = await lab().hxllm(['plan', '--json', '--limit', host, ...args]);
  const [plan] = (JSON.parse(stdout) as { hosts: { changes: { title: string }[] }[] }).hosts;
  return { code, titles: plan?.changes.map(({ title }) => title) };
}

fullOnly(
  'killed while the gateway gets another venv: the old one serves, the next deploy does the rest',
  async () => {
    const [change, venv] = [
      ['-e', 'litellm_python_version=3.11'],
      expect.stringMatching(/^venv .*-py3\.11$/),
    ];
    const deploy = begin(lab(), ['deploy', '--yes', ...change]);
    await deploy.until(/venv \S+-py3\.11/);
    await expect
      .poll(async () => (await inside(lab(), GATEWAY, 'pgrep -x uv')).code, { timeout: 60_000 })
      .toBe(0);
    expect(await leftOf(lab(), GATEWAY)).toContain('locked');
    deploy.kill('SIGKILL');
    expect((await deploy.ended).signal).toBe('SIGKILL');
    await free(GATEWAY);
    expect(echoed(await verified(lab()))).toContain('completions phi3-3.8b');
    expect(await planned(GATEWAY, change)).toMatchObject({ code: 3, titles: expect.arrayContaining([venv]) });
    const again = await lab().hxllm(['deploy', '--yes', ...change]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('1 of 3 hosts to change')]);
    const { stdout } = await lab().ssh(
      GATEWAY,
      'readlink -f /proc/$(systemctl show -P MainPID litellm)/cwd /etc/litellm/current/venv',
    );
    expect(stdout).toMatch(/-py3\.11\n$/);
    expect((await lab().hxllm(['plan', ...change])).code).toBe(0);
  },
);

test('while one deploy works on a host, another is told who holds it; Ctrl-C ends the first and frees the host', async () => {
  const [host] = BACKENDS as [string];
  const first = begin(lab(), pulling(host));
  await first.until(PULLING);
  const second = await lab().hxllm(pulling(host));
  expect([second.code, second.stdout]).toEqual([
    5,
    expect.stringContaining(
      `another run holds the lock: ${userInfo().username}@${hostname()}, deploy, since`,
    ),
  ]);
  first.kill('SIGINT');
  await expect.poll(first.over, NOTICES).toBe(true);
  const { code, said } = await first.ended;
  expect([code, said]).toEqual([130, expect.stringContaining('Interrupted by SIGINT')]);
  await free(host);
  expect(await models(host)).toBe('');
  expect(await planned(host, SLOW)).toEqual({ code: 3, titles: ['model slow-large:64m'] });
});

test('the cable is pulled: hxllm says so with exit 4, the host stops by itself, and the next deploy finishes', async () => {
  const [, host] = BACKENDS as [string, string];
  const deploy = begin(lab(), pulling(host));
  await deploy.until(PULLING);
  await lab().cable(host, 'out');
  try {
    await expect.poll(deploy.over, NOTICES).toBe(true);
    await free(host);
    const { code, said } = await deploy.ended;
    expect([code, said]).toEqual([4, expect.stringMatching(/connection was lost at: model slow-large:64m/)]);
  } finally {
    await lab().cable(host, 'in');
  }
  expect(await models(host)).toBe('');
  // the same model without the delay: its parts are those of the slow one
  const both = ['-e', '{"ollama_models": ["phi3:3.8b", "large:64m"]}'];
  await expect.poll(async () => (await lab().ssh(host, 'true')).code, { timeout: 30_000 }).toBe(0);
  const again = await lab().hxllm(['deploy', '--yes', ...both]);
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('model large:64m')]);
  await verified(lab(), both);
  expect((await lab().hxllm(['plan', ...both])).code).toBe(0);
});
