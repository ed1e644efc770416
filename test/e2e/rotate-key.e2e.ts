// Keys rotated under load: nobody is refused before the old key is taken away, everybody with it is afterwards; killed anywhere, the next run finishes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { open, readEnvelope } from '../../src/inventory/vault/envelope.js';
import { sleep } from '../../src/retry.js';
import { parseYaml, type VaultText } from '../../src/yaml.js';
import { load } from '../support/load.js';
import { fullOnly, RATE } from './support/full.js';
import { ACCEPTED, answers as answersOf, REFUSED, servingSince, vaultOf } from './support/keys.js';
import { watching } from './support/processes.js';
import { begin } from './support/running.js';
import { useDeployed } from './support/shared.js';
import { type Copy, copyInventory, GATEWAY, vaulted, verified } from './support/stack.js';

const lab = useDeployed();
const CLIENT = 'group_vars/all/alice.yml';
let copy: Copy;
let env: Copy['env'];
const hxllm = (...args: string[]) => lab().hxllm(args, { env });
const url = () => `http://${lab().address(GATEWAY)}:4000`;

const written = () => vaultOf(lab(), copy);
const master = async () => (await written()).vault_litellm_master_key!;
const answers = (key: string) => answersOf(lab(), GATEWAY, key);

/** Of the rotation that the first two tests tell. */
let [old, fresh, began] = ['', '', ''];
let before: Record<string, string> = {};

const since = () => servingSince(lab(), GATEWAY);

beforeAll(async () => {
  copy = copyInventory(lab());
  env = copy.env;
  copy.write(
    CLIENT,
    `# alice's\n${vaulted(lab(), 'alice_key', `sk-${'a1b2c3d4'.repeat(6)}`)}\nlitellm_clients:\n  - name: alice\n    key: "{{ alice_key }}"\n    models: [phi3-3.8b]\n`,
  );
  const { code, stdout } = await hxllm('deploy', '--yes', '--limit', GATEWAY);
  expect([code, code === 0 ? '' : stdout]).toEqual([0, '']);
});

const running: ReturnType<typeof load>[] = [];
/** A test that takes longer asks for less. */
function under(key: () => string, perSecond = RATE) {
  running.push(load({ url: url(), model: 'phi3-3.8b', key, perSecond, forMs: 120_000 }));
  return running.at(-1)!;
}
// a test that failed must not leave its load to the next one
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()));
});

test('the master key, under load with old and new key in turn: 0 failed; Ctrl-C and a deploy keep both', async () => {
  [old, before, began] = [await master(), await written(), await since()];
  const rotate = begin(lab(), ['rotate-key', '--yes', '--grace', '1h', '-v'], env);
  let turn = 0;
  const clients = under(() => (fresh && turn++ % 2 ? fresh : old));
  await rotate.until(/Hand the new key/);
  fresh = await master();
  expect(fresh).toMatch(/^sk-[0-9a-f]{48}$/);
  await rotate.until(/the old key is accepted until/);
  await sleep(4_000);
  const { sent, failed } = await clients.stop();
  expect(failed).toEqual([]);
  expect(sent).toBeGreaterThan(3 * RATE);
  rotate.kill('SIGINT');
  const { code, said } = await rotate.ended;
  expect([code, said]).toEqual([
    130,
    expect.stringMatching(/the old key is accepted until its end; run it again to finish: hxllm rotate-key/),
  ]);
  for (const key of [old, fresh]) expect(said).not.toContain(key);
  const deploy = await hxllm('deploy', '--yes', '--limit', GATEWAY, '--lock-wait', '10');
  expect([deploy.code, deploy.stdout]).toEqual([0, expect.stringContaining('old key of admin is accepted')]);
  expect([await answers(old), await answers(fresh)]).toEqual([ACCEPTED, ACCEPTED]);
});

test('the same command finishes it, another grace at once: 0 failed with the new key, every request with the old one refused', async () => {
  const clients = under(() => fresh);
  const { code, stdout, stderr } = await hxllm('rotate-key', '--yes', '--grace', '0s');
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  expect((await clients.stop()).failed).toEqual([]);
  expect([await answers(old), await answers(fresh)]).toEqual([REFUSED, ACCEPTED]);
  const after = under(() => old);
  await sleep(2_000);
  const refused = await after.stop();
  expect(refused.sent).toBeGreaterThan(RATE);
  expect(refused.failed.map((text) => /: (401|429) /.exec(text)?.[1] ?? text)).toEqual(
    Array(refused.sent).fill(expect.stringMatching(/^(401|429)$/)),
  );
  expect(await written()).toEqual({ ...before, vault_litellm_master_key: fresh });
  expect(await since()).toBe(began);
  const { history } = JSON.parse((await hxllm('history', '--limit', GATEWAY, '--json')).stdout);
  expect(history.slice(0, 3).map(({ reason }: { reason: string }) => reason)).toEqual([
    'rotate-key: old key removed',
    expect.stringMatching(/^rotate-key: old key until/),
    'rotate-key: both keys',
  ]);
  await verified(lab(), [], env);
  expect((await hxllm('plan')).code).toBe(0);
});

/** A client's key lies encrypted by itself in a plain file: it is read as a person would, by Ansible's rules. */
async function alice(): Promise<string> {
  const file = readFileSync(join(copy.folder, CLIENT), 'utf8');
  const { value } = parseYaml(file, CLIENT) as { value: Record<string, VaultText> };
  const password = readFileSync(lab().vaultPasswordFile, 'utf8').trim();
  return open(readEnvelope((value.alice_key as VaultText).text), password)!;
}
const rest = () =>
  readFileSync(join(copy.folder, CLIENT), 'utf8').replace(/(alice_key: !vault \|\n)( +\S+\n)+/, '$1');

test("a client's key: the rest of the file, and everybody else's key, stay as they are", async () => {
  const [old, others, before, began] = [await alice(), await master(), rest(), await since()];
  const clients = under(() => others, 5);
  const check = await hxllm('rotate-key', '--client', 'alice', '--check');
  expect([check.code, check.stdout]).toEqual([
    3,
    expect.stringMatching(/alice\.yml: a new key in alice_key/),
  ]);
  expect(await alice()).toBe(old);
  let rotated: Awaited<ReturnType<typeof hxllm>> | undefined;
  const { sweeps, seen } = await watching({ old, others }, async () => {
    rotated = await hxllm('rotate-key', '--client', 'alice', '--yes', '--json');
  });
  expect([sweeps > 2, seen]).toEqual([true, []]);
  const { code, stdout } = rotated!;
  expect([code, JSON.parse(stdout)]).toEqual([
    0,
    {
      schema: 1,
      client: 'alice',
      variable: 'alice_key',
      file: join(copy.folder, CLIENT),
      gateways: [lab().fqdn(GATEWAY)],
      consumers: [],
      resumed: false,
      state: 'done',
      exit: 0,
    },
  ]);
  const fresh = await alice();
  expect([await answers(old), await answers(fresh), await answers(others)]).toEqual([
    REFUSED,
    ACCEPTED,
    ACCEPTED,
  ]);
  expect((await clients.stop()).failed).toEqual([]);
  expect([rest(), await since()]).toEqual([before, began]);
});

test('killed in its grace: the host ends the old key by itself, plan and verify tell of it, the next run finishes', async () => {
  const old = await alice();
  const rotate = begin(lab(), ['rotate-key', '--client', 'alice', '--yes', '--grace', '20s'], env);
  rotate.killAt(/the old key is accepted until/, 'SIGKILL');
  expect((await rotate.ended).signal).toBe('SIGKILL');
  const fresh = await alice();
  expect([await answers(old), await answers(fresh)]).toEqual([ACCEPTED, ACCEPTED]);
  const told = /the old key of alice (is accepted until|ended at) [\d-]+ [\d:]+ UTC.*not finished/;
  const { findings } = JSON.parse((await hxllm('verify', '--only', 'rotation', '--json')).stdout);
  expect(findings).toMatchObject([
    { status: 'warn', message: expect.stringMatching(told), hint: 'hxllm rotate-key --client alice' },
  ]);
  await expect.poll(() => answers(old), { timeout: 40_000 }).toEqual(REFUSED);
  expect((await hxllm('plan', '--limit', GATEWAY)).stdout).toMatch(told);
  const again = await hxllm('rotate-key', '--client', 'alice', '--yes', '--lock-wait', '10');
  expect([again.code, again.stdout]).toEqual([
    0,
    expect.stringMatching(/an earlier rotation .* is finished/),
  ]);
  expect(await alice()).toBe(fresh);
  expect(rest()).not.toContain('_previous');
  expect([await answers(old), await answers(fresh)]).toEqual([REFUSED, ACCEPTED]);
});

const BOUNDARIES: { at: string; decisive?: true }[] = [
  { at: 'Reach the gateways' },
  { at: 'Write the new key into' },
  { at: 'Let the gateways accept both keys', decisive: true },
  { at: 'client keys' },
  { at: 'asking with both keys' },
  { at: 'Take the old key away', decisive: true },
  { at: 'Prove that the old key is refused', decisive: true },
  { at: 'asking with the old and the new key' },
  { at: 'Remove the old key from' },
];

for (const { at, decisive } of BOUNDARIES)
  (decisive ? test : fullOnly)(`killed at "${at}": a key serves, and the next run finishes`, async () => {
    const old = await master();
    const rotate = begin(lab(), ['rotate-key', '--yes'], env);
    rotate.killAt(new RegExp(at), 'SIGKILL');
    expect((await rotate.ended).signal).toBe('SIGKILL');
    const left = await written();
    const now = [await answers(old), await answers(left.vault_litellm_master_key!)];
    expect(now).toContainEqual(ACCEPTED);
    const again = await hxllm('rotate-key', '--yes', '--lock-wait', '15');
    expect([again.code, again.code === 0 ? '' : again.stdout + again.stderr]).toEqual([0, '']);
    const done = await written();
    expect(Object.keys(done)).toEqual(Object.keys(left).filter((name) => !name.includes('_previous')));
    if (left.vault_litellm_master_key_previous)
      expect(done.vault_litellm_master_key).toBe(left.vault_litellm_master_key);
    expect([await answers(old), await answers(done.vault_litellm_master_key!)]).toEqual([REFUSED, ACCEPTED]);
  });
