// Two gateways: changed one at a time or side by side; the second is left alone when the first fails or is not reached.
import { beforeAll, expect, test } from 'vitest';
import { fullOnly } from './support/full.js';
import { ACCEPTED, answers, REFUSED, vaultOf } from './support/keys.js';
import { begin, inside } from './support/running.js';
import { onHost } from './support/search.js';
import { useDeployed } from './support/shared.js';
import { type Copy, copyInventory, echoed, GATEWAY, VARIABLES, verified } from './support/stack.js';

const lab = useDeployed();
const SECOND = 'hx-llm02-server';
let copy: Copy;
beforeAll(() => {
  copy = copyInventory(lab());
  const line = `${lab().fqdn(SECOND)} ansible_host=${lab().address(SECOND)}\n`;
  copy.replace('dev.ini', line, '');
  copy.replace('dev.ini', /(\[litellm\]\n.*\n)/, `$1${line}`);
  copy.replace(VARIABLES, / {2}- "http:\/\/hx-llm02-server.*\n/, '');
});
const hxllm = (...args: string[]) => lab().hxllm(args, { env: copy.env });
const deploy = (retries: number, ...args: string[]) =>
  hxllm('deploy', '--yes', '--timeout', '4', '-e', `litellm_max_retries=${retries}`, ...args);

/** What of a gateway is on the second host. */
const second = async () =>
  (await lab().ssh(SECOND, 'ls -d /etc/litellm /opt/litellm /etc/haproxy 2>/dev/null')).stdout;
const retries = async (host: string) =>
  (await lab().ssh(host, 'grep -o "num_retries: .*" /etc/litellm/config.yaml')).stdout;

test('the first one fails: the second is not touched, and that is said', async () => {
  const releases = '/etc/litellm/releases';
  expect(
    onHost(lab(), GATEWAY, `mount --bind ${releases} ${releases} && mount -o remount,ro,bind ${releases}`)
      .status,
  ).toBe(0);
  const { code, stdout } = await deploy(5);
  expect(code).toBe(6);
  expect(stdout).toMatch(/Read-only file system/);
  expect(stdout).toContain(`${lab().fqdn(SECOND)}: not touched: ${lab().fqdn(GATEWAY)} failed`);
  expect(await second()).toBe('');
  expect(onHost(lab(), GATEWAY, `umount ${releases}`).status).toBe(0);
  expect(await retries(GATEWAY)).toBe('num_retries: 2\n');
});

test('the first one is not reached: the second is not touched', async () => {
  await lab().cable(GATEWAY, 'out');
  const { code, stdout } = await deploy(6);
  expect(code).toBe(4);
  expect(stdout).toMatch(
    new RegExp(`${lab().fqdn(SECOND)}: not touched: ${lab().fqdn(GATEWAY)} was not reached`),
  );
  expect(await second()).toBe('');
});

test('with --skip-unreachable it becomes a gateway, and the first still counts', async () => {
  const { code, stdout } = await deploy(6, '--skip-unreachable');
  expect([code, stdout]).toEqual([4, expect.stringContaining(`${lab().fqdn(SECOND)}: changed`)]);
  expect(await retries(SECOND)).toBe('num_retries: 6\n');
  await lab().cable(GATEWAY, 'in');
  await expect.poll(async () => (await lab().ssh(GATEWAY, 'true')).code, { timeout: 30_000 }).toBe(0);
  expect(await retries(GATEWAY)).toBe('num_retries: 2\n');
});

const RECORD = '/var/lib/hxllm/records/*';
const RELEASE = '/etc/litellm/releases/*/config.yaml';
/** When the newest of them was written. */
const time = async (host: string, path: string) =>
  Number((await lab().ssh(host, `stat -c %.Y $(ls -1d ${path} | tail -n 1)`)).stdout);

test('both are changed one after the other, and each is proven', async () => {
  const { code, stdout } = await deploy(7);
  expect([code, code === 0 ? '' : stdout]).toEqual([0, '']);
  expect(stdout).toContain('2 of 3 hosts to change');
  expect([await retries(GATEWAY), await retries(SECOND)]).toEqual(['num_retries: 7\n', 'num_retries: 7\n']);
  // the first had written its record before the second's release was begun
  const done = await time(GATEWAY, RECORD);
  expect(done).toBeGreaterThan(0);
  expect(await time(SECOND, RELEASE)).toBeGreaterThan(done);
  const findings = await verified(lab(), ['-e', 'litellm_max_retries=7'], copy.env);
  for (const host of [GATEWAY, SECOND])
    expect(echoed(findings.filter((f) => f.host === lab().fqdn(host)))).toContain('completions phi3-3.8b');
  expect((await hxllm('plan', '-e', 'litellm_max_retries=7')).code).toBe(0);
});

fullOnly('with --serial 2 both are changed at once, and so is a rollback of both', async () => {
  const { code, stdout } = await deploy(8, '--role', 'gateway', '--serial', '2');
  expect([code, code === 0 ? '' : stdout]).toEqual([0, '']);
  expect([await retries(GATEWAY), await retries(SECOND)]).toEqual(['num_retries: 8\n', 'num_retries: 8\n']);
  const [first, second] = [await time(GATEWAY, RECORD), await time(SECOND, RECORD)];
  expect(await time(SECOND, RELEASE)).toBeLessThan(first);
  expect(await time(GATEWAY, RELEASE)).toBeLessThan(second);
  const back = await hxllm('rollback', '--yes', '--serial', '100%');
  expect([back.code, back.code === 0 ? '' : back.stdout]).toEqual([0, '']);
  expect([await retries(GATEWAY), await retries(SECOND)]).toEqual(['num_retries: 7\n', 'num_retries: 7\n']);
});

test('a key that both accept is rotated on both or on none; of a gateway that is lost is said what it may do', async () => {
  const rotate = (...args: string[]) =>
    hxllm('rotate-key', '--yes', '--timeout', '4', '--lock-wait', '10', ...args);
  const everywhere = async (key: string) => [
    await answers(lab(), GATEWAY, key),
    await answers(lab(), SECOND, key),
  ];
  /** The second gateway takes its own network away as soon as this begins there; it ends what it was told. */
  const lostAt = async (what: string) => {
    const cut = `until grep -q "${what}, since" /run/hxllm.lock; do :; done; ip link set host0 down`;
    await inside(lab(), SECOND, `systemd-run -q --no-block sh -c '${cut}'`);
    const { code, said } = await begin(lab(), ['rotate-key', '--yes', '--timeout', '4'], copy.env).ended;
    await inside(lab(), SECOND, 'ip link set host0 up');
    const reached = () =>
      lab()
        .ssh(SECOND, 'true')
        .then(Boolean, () => false);
    await expect.poll(reached, { timeout: 30_000 }).toBe(true);
    return [code, said.replace(/\s*\n ›\s*/g, ' '), await everywhere(old)];
  };
  const before = await vaultOf(lab(), copy);
  const old = before.vault_litellm_master_key!;
  const one = await rotate('--limit', GATEWAY);
  expect([one.code, one.stderr]).toEqual([2, expect.stringContaining(`leaves out ${lab().fqdn(SECOND)}`)]);
  await lab().cable(SECOND, 'out');
  const none = await rotate();
  expect([none.code, none.stderr]).toEqual([4, expect.stringContaining('nothing was changed')]);
  expect(await vaultOf(lab(), copy)).toEqual(before);
  await lab().cable(SECOND, 'in');

  // in the moment in which it has taken both keys, and then in which it is about to take the old one away
  const [both, removal] = [await lostAt('both keys'), await lostAt('old key removed')];
  expect(both).toEqual([
    4,
    expect.stringContaining('the old key stays accepted everywhere'),
    [ACCEPTED, ACCEPTED],
  ]);
  expect(removal).toEqual([
    4,
    expect.stringContaining('may be refused already on a gateway that failed here'),
    [ACCEPTED, REFUSED],
  ]);
  const fresh = (await vaultOf(lab(), copy)).vault_litellm_master_key!;
  expect(await everywhere(fresh)).toEqual([ACCEPTED, ACCEPTED]);
  const again = await rotate();
  expect([again.code, again.code === 0 ? '' : again.stderr]).toEqual([0, '']);
  expect(await vaultOf(lab(), copy)).toEqual({ ...before, vault_litellm_master_key: fresh });
  expect([await everywhere(old), await everywhere(fresh)]).toEqual([
    [REFUSED, REFUSED],
    [ACCEPTED, ACCEPTED],
  ]);
});
