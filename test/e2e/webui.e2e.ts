// An Open WebUI that people have already: connected without a trace elsewhere, each trap mended, each fault undone.
import { beforeAll, expect, test, vi } from 'vitest';
import { CONNECTION, field } from './support/field.js';
import { useFieldLab } from './support/field-lab.js';
import { FULL, fullOnly } from './support/full.js';
import { ENV, installOldWebui, WEBUI } from './support/old-webui.js';
import { watching } from './support/processes.js';
import { begin } from './support/running.js';
import { onHost } from './support/search.js';
import { GATEWAY, verified } from './support/stack.js';
import { DECISIVE, FAULTS, OTHER, READY, TRAPS } from './support/webui-cases.js';

vi.setConfig({ testTimeout: 400_000, hookTimeout: 900_000 });
const lab = useFieldLab('empty');
const OLD_KEY = 'sk-of-somebody-else-0123456789abcdef';
const PID = 'systemctl show -p MainPID --value open-webui';
const { said, hxllm, database, webui, url, ownKey, others, state, right } = field(lab);

beforeAll(async () => {
  const { code, stdout, stderr } = await lab().hxllm(['deploy', '--yes', '--role', 'backend']);
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  installOldWebui(lab(), {
    version: '0.12.4',
    lines: `OPENAI_API_BASE_URL=http://${lab().fqdn(GATEWAY)}:4001/v1/\nOPENAI_API_KEY="${OLD_KEY}"`,
  });
});

test('plan says what changes and touches nothing; the key is announced', async () => {
  const before = state();
  const { code, stdout } = await hxllm('plan');
  expect([code, stdout]).toEqual([3, expect.stringContaining(`:4001/v1/ → ${url()}`)]);
  expect(stdout).toContain('open-webui gets a key of its own');
  expect(stdout).not.toContain(OLD_KEY);
  expect(state()).toBe(before);
});

test('a gateway that is not there yet: nothing is done, the first word is about it', async () => {
  const before = state();
  const { code, stderr, stdout } = await webui();
  expect([code, stdout + stderr]).toEqual([1, expect.stringContaining('this gateway is not deployed yet')]);
  expect(state()).toBe(before);
});

test('deploy connects it: two lines of its environment file, its own key, restarted, chatting; a second run does nothing', async () => {
  const [before, old] = [others(), said(`cat ${ENV}`)];
  const { code, stdout, stderr } = await lab().hxllm(['deploy', '--yes']);
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  const key = await ownKey();
  expect(key).toMatch(/^sk-[0-9a-f]{48}$/);
  expect(others()).toBe(before);
  expect(said(`grep '^OPENAI_API_' ${ENV}`)).toBe(`OPENAI_API_BASE_URL=${url()}\nOPENAI_API_KEY=${key}\n`);
  expect(said(`cat ${ENV}.hxllm-*; stat -c '%a %U:%G' ${ENV}.hxllm-*`)).toBe(`${old}640 root:openwebui\n`);
  expect(JSON.parse(database(CONNECTION))).toEqual([true, [url()], {}]);
  await right();
  const log = onHost(lab(), GATEWAY, "journalctl -t haproxy -o cat | grep 'client=open-webui key='").stdout;
  expect(log).toMatch(/POST \/v1\/chat\/completions 200/);
  expect(said('find /home/openwebui/data -not -user openwebui')).toBe('');
  const [connected, pid] = [state(), said(PID)];
  expect(await webui()).toMatchObject({ code: 0, stdout: expect.stringContaining('0 of 1 hosts to change') });
  expect([state(), said(PID)]).toEqual([connected, pid]);
  // its ports are not hxllm's to guard: it serves nothing there
  const closed = await hxllm('plan', '-e', '{"litellm_allowed_networks": ["192.0.2.0/24"]}');
  expect(closed.stdout).toContain('hxllm-filter.service');
  expect(closed.stdout).not.toContain('filter.nft');
});

// the second one has a bit of each
test.each(FULL ? TRAPS : TRAPS.slice(1, 2))(
  '%s: plan and verify say it, a deploy mends it',
  async (_, python, reason, wanted) => {
    database(python);
    const plan = await hxllm('plan');
    expect([plan.code, plan.stdout]).toEqual([3, expect.stringMatching(reason)]);
    const verify = await hxllm('verify', '--only', 'webui-connection');
    expect([verify.code, verify.stdout]).toEqual([1, expect.stringMatching(reason)]);
    const { code, stdout, stderr } = await hxllm('deploy', '--yes');
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
    expect(JSON.parse(database(CONNECTION))).toEqual(wanted(url()));
    await right();
  },
);

fullOnly(
  'plural forms in the environment would win: one of them becomes singular, several stay',
  async () => {
    const [before, key] = [others(), await ownKey()];
    const plural = (urls: string, keys: string) =>
      said(`sed -i '/^OPENAI_API_/d' ${ENV}; cat >> ${ENV} <<'E'
OPENAI_API_BASE_URLS=${urls}
OPENAI_API_KEYS=${keys}
E`);
    plural(`http://${lab().fqdn(GATEWAY)}:4001/v1`, 'sk-x');
    expect((await webui()).code).toBe(0);
    expect(said(`grep '^OPENAI_API_' ${ENV} | sort`)).toBe(
      `OPENAI_API_BASE_URL=${url()}\nOPENAI_API_KEY=${key}\n`,
    );
    expect(others()).toBe(before);
    plural(`${OTHER};${url()}`, 'sk-theirs;sk-x');
    expect((await webui()).code).toBe(0);
    expect(said(`grep '^OPENAI_API_.*S=' ${ENV} | tr -d '"' | sort`)).toBe(
      `OPENAI_API_BASE_URLS=${OTHER};${url()}\nOPENAI_API_KEYS=sk-theirs;${key}\n`,
    );
    said(
      `sed -i '/^OPENAI_API_/d' ${ENV}; printf 'OPENAI_API_BASE_URL=%s\\nOPENAI_API_KEY=%s\\n' ${url()} ${key} >> ${ENV}; systemctl restart open-webui; ${READY}`,
    );
    await right();
  },
);

test('normal users: left as they are and told; each model given to all; all models', async () => {
  const deep = () => hxllm('verify', '--deep', '--only', 'webui-user');
  expect(await deep()).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/warn.*users do not see phi3-3.8b/),
  });
  const grants = ['-e', 'webui_model_access=grants'];
  expect((await webui(...grants)).code).toBe(0);
  expect((await hxllm('plan', ...grants)).code).toBe(0);
  expect(await deep()).toMatchObject({ code: 0, stdout: expect.stringMatching(/pass.*gave the nonce back/) });
  database('con.execute("delete from access_grant where resource_type=\'model\'")');
  const bypass = ['-e', 'webui_model_access=bypass'];
  expect((await webui(...bypass)).code).toBe(0);
  expect((await hxllm('plan', ...bypass)).code).toBe(0);
  expect(await deep()).toMatchObject({ code: 0, stdout: expect.stringMatching(/pass.*gave the nonce back/) });
  expect(
    database('print(con.execute("select count(*) from user where email like \'hxllm%\'").fetchone()[0])'),
  ).toBe('0\n');
});

test('its key is rotated live: the process goes on, it chats with the new one, the old one is dead; no key is seen', async () => {
  const [old, pid] = [await ownKey(), said(PID)];
  let fresh = '';
  const { sweeps, seen } = await watching({ old }, async () => {
    const { code, stdout, stderr } = await lab().hxllm(['rotate-key', '--yes', '--client', 'open-webui']);
    expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
    expect(stdout).toContain(`Open WebUI on ${lab().fqdn(WEBUI)}`);
    fresh = await ownKey();
  });
  // its own process has had the old one since it was started
  expect([sweeps > 3, seen.filter((one) => one !== 'old in environment of open-webui')]).toEqual([true, []]);
  expect([fresh === old, said(PID)]).toEqual([false, pid]);
  expect(said(`grep -c ${fresh} ${ENV}`)).toBe('1\n');
  const { status } = await fetch(`http://${lab().address(GATEWAY)}:4000/v1/models`, {
    headers: { authorization: `Bearer ${old}` },
  });
  expect(status).toBe(401);
  await right();
  expect(said(`journalctl -o cat | grep -cF -e ${old} -e ${fresh}`)).toBe('0\n');
});

fullOnly('its host is away: the old key stays alive, exit 4; the same command finishes it', async () => {
  const old = await ownKey();
  await lab().cable(WEBUI, 'out');
  const { code, stderr } = await lab().hxllm([
    'rotate-key',
    '--yes',
    '--client',
    'open-webui',
    '--timeout',
    '4',
  ]);
  await lab().cable(WEBUI, 'in');
  expect([code, stderr]).toEqual([4, expect.stringContaining('the old key stays accepted everywhere')]);
  await verified(lab(), ['--limit', WEBUI, '--only', 'webui-chat']);
  expect((await lab().hxllm(['rotate-key', '--yes', '--client', 'open-webui'])).code).toBe(0);
  expect(await ownKey()).not.toBe(old);
  await right();
});

test('the gateway is down: said as it is, never as a list without models', async () => {
  await lab().ssh(GATEWAY, 'systemctl stop haproxy');
  const { code, stdout } = await hxllm('verify');
  await lab().ssh(GATEWAY, 'systemctl start haproxy');
  expect(code).toBe(1);
  expect(stdout).toMatch(/FAIL.*webui-gateway.*Server Connection Error/);
  expect(stdout).toMatch(/FAIL.*webui-models.*phi3-3.8b of 1 not in its list/);
  expect(stdout).toMatch(/FAIL.*webui-chat/);
});

test('its key is refused: said as it is', async () => {
  await lab().ssh(
    GATEWAY,
    `cp -p /etc/litellm/keys.json /root/k && sed -i 's/"open-webui"/"gone"/; s/"[0-9a-f]\\{8\\}\\([0-9a-f]\\{56\\}\\)": {/"00000000\\1": {/' /etc/litellm/keys.json`,
  );
  const { code, stdout } = await hxllm('verify');
  await lab().ssh(GATEWAY, 'mv /root/k /etc/litellm/keys.json');
  expect([code, stdout]).toEqual([
    1,
    expect.stringMatching(/FAIL.*webui-gateway.*invalid or missing API key/),
  ]);
  await right();
});

fullOnly('its program is gone: doctor says so', async () => {
  said('mv ~openwebui/.local/bin/open-webui /root/; systemctl restart open-webui');
  expect((await hxllm('doctor', '--only', 'start')).stdout).toMatch(
    /FAIL.*open-webui: its program or its Python/,
  );
  said(`mv /root/open-webui ~openwebui/.local/bin/; systemctl restart open-webui; ${READY}`);
});

test.each(FULL ? FAULTS : FAULTS.filter(([what]) => DECISIVE.includes(what)))(
  '%s: environment and database are as they were, exit 6',
  async (_, vars, fault, mend, message) => {
    said(fault);
    const before = state();
    const own = vars.replace('GATEWAY', lab().fqdn(GATEWAY));
    const { code, stdout, stderr } = await webui('-e', own);
    expect([code, stdout + stderr]).toEqual([6, expect.stringMatching(message)]);
    expect(stdout + stderr).toContain('everything is as it was');
    expect(state()).toBe(before);
    said(mend);
    expect(said(`ls ${ENV}.hxllm-new 2>/dev/null; ${READY}; systemctl is-active open-webui`)).toBe(
      'active\n',
    );
    expect((await webui()).code).toBe(0);
    await right();
  },
);

fullOnly('the controller dies in the middle: the host puts it back by itself', async () => {
  const before = state();
  const url = `http://${lab().fqdn(GATEWAY)}:4009`;
  const running = begin(lab(), ['webui', '--yes', '-e', JSON.stringify({ litellm_base_url: url })]);
  running.killAt(/restart open-webui.service/, 'SIGKILL');
  await running.ended;
  await expect.poll(state, { timeout: 60_000, interval: 1000 }).toBe(before);
  said(READY);
  await right();
});

fullOnly(
  'multi-factor sign-in is on: connected all the same, and said that nobody could look inside',
  async () => {
    const mfa = (on: string) => database(`put('auth.mfa.enable', ${on})`);
    mfa('True');
    database("put('openai.api_keys', ['sk-wrong' for _ in rows['openai.api_base_urls']])");
    const { code, stdout } = await webui();
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('it cannot be asked as an administrator: 401'),
    ]);
    expect(database("print(rows['openai.api_keys'][-1])")).toBe(`${await ownKey()}\n`);
    expect((await hxllm('plan')).code).toBe(0);
    mfa('False');
    await right();
  },
);
