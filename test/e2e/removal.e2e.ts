// A role that leaves a host: refused while it is used, shown first, taken away without a failed request; its data stays until somebody says so.
import { beforeAll, expect, test } from 'vitest';
import { load } from '../support/load.js';
import { left } from './support/base.js';
import { fullOnly } from './support/full.js';
import { begin } from './support/running.js';
import { onHost } from './support/search.js';
import { useDeployed } from './support/shared.js';
import { type Copy, copyInventory, GATEWAY, masterKey, VARIABLES } from './support/stack.js';

const lab = useDeployed();
/** Requests a second: it takes little more than one. */
const FAST = 10;
const LEAVER = 'hx-llm02-server';
const REMOVE = ['--remove', 'backend', '--limit', LEAVER];
let copy: Copy;
let line = '';
beforeAll(() => {
  copy = copyInventory(lab());
  line = `${lab().fqdn(LEAVER)} ansible_host=${lab().address(LEAVER)}\n`;
});
const hxllm = (...args: string[]) => lab().hxllm(args, { env: copy.env });
const said = (script: string) => onHost(lab(), LEAVER, script).stdout;
/** Ollama is stopped, and its unit is gone. */
const AMIDST = /Change the hosts › \S+: archive ollama/;
const AS_BEFORE = 'active\nenabled\nfilter.nft\nollama.env\n';
const state = () => said('systemctl is-active ollama; systemctl is-enabled ollama; ls /etc/hxllm');
const FILTER = 'nft list table inet hxllm 2>/dev/null';
/** What became of the last change. */
const records = () => said('cd /var/lib/hxllm/records && cat "$(ls | tail -n 1)"');
/** Size and inode of everything that was pulled. */
const blobs = () => said('cd /var/lib/ollama/models/blobs && find . -type f -printf "%p %s %i\\n" | sort');

test('while the inventory asks for it, or a gateway uses it, it is refused', async () => {
  const asked = await hxllm('plan', ...REMOVE);
  expect([asked.code, asked.stdout]).toEqual([1, expect.stringMatching(/is in \[llm\]\n.*dev\.ini:\d+/)]);
  // outside of every group it is still a host of the inventory
  copy.replace('dev.ini', line, '');
  copy.write('dev.ini', line + copy.read('dev.ini'));
  const named = await hxllm('plan', ...REMOVE);
  expect([named.code, named.stdout]).toEqual([
    1,
    expect.stringMatching(/gateway .* uses it\n.*lab\.yml:\d+/),
  ]);
  copy.replace(VARIABLES, / {2}- "http:\/\/hx-llm02-server.*\n/, '');
  const used = await hxllm('deploy', '--yes', ...REMOVE);
  expect([used.code, used.stdout]).toEqual([1, expect.stringContaining('still uses it')]);
  expect(said('systemctl is-active ollama')).toBe('active\n');
});

test('a removal that is cut is undone by the host itself', async () => {
  expect((await hxllm('deploy', '--yes', '--limit', GATEWAY)).code).toBe(0);
  const running = begin(lab(), ['deploy', '--yes', ...REMOVE], copy.env);
  running.killAt(AMIDST, 'SIGKILL');
  expect((await running.ended).signal).toBe('SIGKILL');
  await expect.poll(state, { timeout: 60_000 }).toBe(AS_BEFORE);
  await expect.poll(records, { timeout: 20_000 }).toContain('"undone"');
});

fullOnly('so is one whose host loses its power, and what was stopped is started at boot', async () => {
  const running = begin(lab(), ['deploy', '--yes', ...REMOVE], copy.env);
  running.killAt(AMIDST, 'SIGSTOP');
  await running.until(AMIDST);
  expect(said(FILTER)).toBe('');
  await lab().powerCut(LEAVER);
  running.kill('SIGKILL');
  await lab().powerOn(LEAVER);
  await expect.poll(state, { timeout: 60_000 }).toBe(AS_BEFORE);
  expect(said(FILTER)).toContain('port_11434');
  await expect.poll(records, { timeout: 20_000 }).toContain('"undone":"boot"');
});

test('it is shown first, and taken away under load: no request fails, its models stay, a second run has nothing to do', async () => {
  const before = blobs();
  expect(before).toMatch(/^\.\/sha256-/);
  const plan = await hxllm('plan', ...REMOVE);
  expect([plan.code, plan.stdout]).toEqual([
    3,
    expect.stringMatching(/- service ollama\.service: runs[\s\S]*stays user ollama with \/var\/lib\/ollama/),
  ]);
  const key = await masterKey(lab());
  const url = `http://${lab().address(GATEWAY)}:4000`;
  const running = load({ url, model: 'phi3-3.8b', key: () => key, perSecond: FAST, forMs: 120_000 });
  const { code, stdout, stderr } = await hxllm('deploy', '--yes', ...REMOVE);
  const { sent, failed } = await running.stop();
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  expect([sent > FAST / 2, failed]).toEqual([true, []]);
  expect(left(lab(), LEAVER)).toEqual(['/var/lib/ollama', 'user ollama']);
  expect(blobs()).toBe(before);
  const again = await hxllm('deploy', '--yes', ...REMOVE);
  expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('no changes')]);
});

test('put back into its group, it finds its models; with --data nothing at all is left', async () => {
  const before = blobs();
  copy.replace('dev.ini', '[llm]\n', `[llm]\n${line}`);
  const back = await hxllm('deploy', '--yes', '--limit', LEAVER);
  expect([back.code, back.stdout]).toEqual([0, expect.not.stringContaining('model phi3')]);
  expect(blobs()).toBe(before);
  copy.replace('dev.ini', `[llm]\n${line}`, '[llm]\n');
  const { code, stdout } = await hxllm('deploy', '--yes', ...REMOVE, '--data', '--json');
  const [outcome] = (JSON.parse(stdout) as { outcomes: { state: string }[] }).outcomes;
  expect([code, outcome?.state]).toEqual([0, 'changed']);
  expect(left(lab(), LEAVER)).toEqual([]);
  expect((await hxllm('deploy', '--yes', ...REMOVE, '--data')).code).toBe(0);
});
