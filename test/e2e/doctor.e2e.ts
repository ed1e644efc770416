// Each fault that doctor knows, made for real on a deployed stack: found with its cause and its cure; nothing is found on a healthy one.
import { afterAll, describe, expect, test } from 'vitest';
import { doctor as doctorOf } from './support/doctor.js';
import { CAUSES, mended as cured, dropIn } from './support/doctor-cases.js';
import { FULL, fullOnly } from './support/full.js';
import { onHost } from './support/search.js';
import { serving, useDeployed } from './support/shared.js';
import { BACKENDS, GATEWAY } from './support/stack.js';

const lab = useDeployed();
const [FIRST, SECOND] = BACKENDS as [string, string];

const doctor = (...args: string[]) => doctorOf(lab(), ...args);
const asking = (...checks: string[]) => ['--only', checks.join(',')];

test('a healthy stack has nothing', async () => {
  const { bad, exit, findings } = await doctor();
  expect([bad, exit]).toEqual([[], 0]);
  const seen = new Set(findings.map(({ check }) => check));
  for (const check of ['start', 'names', 'clock', 'disk', 'memory', 'deployed', 'units', 'completions'])
    expect(seen).toContain(check);
});

describe('why it does not start:', () => {
  const causes = CAUSES.filter(({ slow }) => FULL || !slow);
  test.each(causes)('$unit: $what', async ({ host, unit, breaks, mends, says, hint }) => {
    onHost(lab(), host, breaks);
    const { findings, exit, mended } = await doctor(...asking('start'), '--limit', host, '--fix');
    onHost(lab(), host, mends);
    const [finding, ...more] = findings.filter(({ status }) => status !== 'pass');
    expect([exit, more, finding]).toMatchObject([1, [], { check: 'start', subject: unit, status: 'fail' }]);
    expect(finding!.message).toMatch(says);
    expect(finding!.hint).toMatch(hint);
    // what has a cause is not just started again
    expect(mended).toEqual([]);
  });

  // as after an upgrade of the distribution
  test('its Python is gone, and another one is there', async () => {
    const [old, other] = ['/usr/bin/python3.11', '/usr/bin/python3.12'];
    const link = (to: string) => `ln -sf ${to} /usr/bin/python3`;
    onHost(lab(), GATEWAY, `mv ${old} ${other}; ${link(other)}; systemctl restart litellm`);
    const { bad, findings } = await doctor(...asking('start', 'python'), '--limit', GATEWAY);
    const plan = await lab().hxllm(['plan', '--limit', GATEWAY]);
    if (FULL) expect((await lab().hxllm(['deploy', '--yes', '--limit', GATEWAY])).code).toBe(0);
    onHost(lab(), GATEWAY, `cp ${other} ${old}; ${link(old)}; ${FULL ? '' : cured('litellm')}`);
    expect(bad).toEqual(['hx-api-server python', 'hx-api-server start litellm']);
    expect(findings.map(({ message, hint }) => `${message} (${hint})`)).toEqual([
      expect.stringMatching(/^Python 3\.11\.2 is gone: there is no \/usr\/bin\/python3\.11 .*hxllm deploy/),
      expect.stringMatching(/^its program or its Python is gone: .*hxllm deploy --limit hx-api\S+ installs/),
    ]);
    expect(plan.stdout).toMatch(/venv \/opt\/litellm\/venvs\/\w+: its Python is gone/);
  });

  afterAll(() => serving(lab()), 120_000);
});

test.each([
  ['stopped', 'systemctl stop ollama', /somebody stopped it/],
  [
    'killed',
    `${dropIn('ollama', 'Restart=no')}; sleep 1; systemctl kill -s KILL ollama; sleep 1`,
    /it was killed/,
  ],
])('%s: said, and --fix starts it', async (_, breaks, says) => {
  onHost(lab(), FIRST, breaks);
  const before = await lab().hxllm(['doctor', ...asking('start'), '--limit', FIRST]);
  expect([before.code, before.stdout]).toEqual([1, expect.stringMatching(says)]);
  expect(before.stdout).toMatch(/hxllm doctor --fix does what is safe:\n {2}hx-llm01\S*: start ollama/);
  const { bad, exit, mended } = await doctor(...asking('start', 'units'), '--limit', FIRST, '--fix');
  expect([bad, exit, mended]).toEqual([
    [],
    0,
    [{ host: lab().fqdn(FIRST), check: 'start', done: 'start ollama' }],
  ]);
  onHost(lab(), FIRST, cured('ollama'));
});

test('HAProxy with a line that it does not know', async () => {
  onHost(
    lab(),
    GATEWAY,
    `cp -p /etc/haproxy/haproxy.cfg /root/cfg; echo nonsense >> /etc/haproxy/haproxy.cfg; systemctl restart haproxy`,
  );
  const { findings } = await doctor(...asking('start'), '--limit', GATEWAY);
  onHost(
    lab(),
    GATEWAY,
    'mv /root/cfg /etc/haproxy/haproxy.cfg; systemctl reset-failed haproxy; systemctl restart haproxy',
  );
  expect(findings).toMatchObject([
    {
      subject: 'haproxy',
      status: 'fail',
      message: expect.stringMatching(/its configuration is wrong: /),
      hint: expect.stringContaining('hxllm plan --limit hx-api'),
    },
  ]);
});

test('a backend is down: the gateway’s checks name it, and its own says why', async () => {
  onHost(lab(), FIRST, 'systemctl stop ollama');
  const { bad, exit } = await doctor();
  onHost(lab(), FIRST, `systemctl start ollama; timeout 20 sh -c 'until ollama list; do sleep 0.2; done'`);
  expect(exit).toBe(1);
  expect(bad).toEqual(
    expect.arrayContaining([
      'hx-llm01-server start ollama',
      'hx-llm01-server units',
      'hx-api-server backend-reach hx-llm01-server',
    ]),
  );
  // HAProxy asks it every second or two
  await expect.poll(async () => (await doctor(...asking('balancer'))).bad, { timeout: 10_000 }).toEqual([]);
});

test('a model that is not pulled: what is named mends it', async () => {
  expect(onHost(lab(), FIRST, 'ollama rm phi3:3.8b').status).toBe(0);
  const { findings } = await doctor(...asking('models', 'backend-models', 'backend-answers'));
  const found = findings.filter(({ status }) => status === 'fail');
  const deploy = `hxllm deploy --limit ${lab().fqdn(FIRST)}`;
  expect(found.map(({ check, hint }) => [check, hint])).toEqual([
    ['backend-models', deploy],
    ['backend-answers', deploy],
    ['models', deploy],
  ]);
  await lab().hxllm([...deploy.split(' ').slice(1), '--yes']);
  expect((await doctor()).bad).toEqual([]);
});

fullOnly('a model of another name, and one that LiteLLM leaves out without a word to clients', async () => {
  const file = '/etc/litellm/current/config.yaml';
  onHost(
    lab(),
    GATEWAY,
    `sed -i 's#^model_list:#&\\n  - {model_name: phi3, litellm_params: {model: "ollama_chat/phi3:3.8b", api_base: "http://127.0.0.1:9"}}#; s#^      model: .*#      model: nonsense/x#' ${file}; systemctl restart litellm`,
  );
  await serving(lab());
  const { findings } = await doctor(...asking('model-list'));
  expect(findings).toMatchObject([
    {
      message: expect.stringMatching(
        /^phi3-3\.8b is not offered; phi3 is offered but not planned; LiteLLM left one out: .*model=nonsense\/x/,
      ),
      hint: expect.stringContaining('hxllm deploy --limit hx-api'),
    },
  ]);
  expect((await lab().hxllm(['deploy', '--yes', '--limit', GATEWAY])).code).toBe(0);
  expect((await doctor(...asking('model-list'))).bad).toEqual([]);
});

test.each([
  ['compromised', '1.82.7', [], 1, /1\.82\.7 carries a credential stealer/, /hxllm deploy --limit hx-api/],
  [
    'vulnerable',
    '1.102.1',
    ['-e', 'litellm_lock=own.txt'],
    0,
    /has GHSA-7hp6\S+ key reuse/,
    /a newer release/,
  ],
])('a LiteLLM that is known to be %s', async (_, release, args, exit, says, hint) => {
  const rename = (from: string, to: string) =>
    `cd /etc/litellm/current/venv/lib/python3*/site-packages && mv litellm-${from}.dist-info litellm-${to}.dist-info`;
  onHost(lab(), GATEWAY, rename('1.106.2', release));
  const found = await doctor(...asking('version'), '--limit', GATEWAY, ...args);
  onHost(lab(), GATEWAY, rename(release, '1.106.2'));
  expect([found.exit, found.findings]).toMatchObject([
    exit,
    [{ message: expect.stringMatching(says), hint: expect.stringMatching(hint) }],
  ]);
});

test('names: one that is not found, one that leads to another host', async () => {
  const llm = lab().fqdn(FIRST);
  onHost(lab(), GATEWAY, `cp -p /etc/hosts /root/hosts; sed '/${FIRST}/d' /root/hosts > /etc/hosts`);
  const lost = await doctor(...asking('names'), '--limit', GATEWAY);
  onHost(
    lab(),
    GATEWAY,
    `{ echo '${lab().address(SECOND)} other.example'; sed '/${FIRST}/d; /${SECOND}/d' /root/hosts; echo '${lab().address(SECOND)} ${llm}'; echo '${lab().address(SECOND)} ${lab().fqdn(SECOND)}'; } > /etc/hosts`,
  );
  const odd = await doctor(...asking('names'), '--limit', GATEWAY);
  onHost(lab(), GATEWAY, 'cat /root/hosts > /etc/hosts');
  expect([lost.exit, lost.findings[0]]).toMatchObject([
    1,
    { message: `${llm} is not found`, hint: expect.stringMatching(/DNS or in \/etc\/hosts of hx-api/) },
  ]);
  expect([odd.exit, odd.findings[0]]).toMatchObject([
    0,
    { status: 'warn', message: expect.stringContaining('which is called other.example') },
  ]);
});

test('disk and memory: too little of each', async () => {
  onHost(lab(), FIRST, 'mount -t tmpfs -o size=20m tmpfs /opt');
  onHost(lab(), FIRST, 'systemctl set-property --runtime ollama MemoryMax=1M; true');
  const { findings, mended } = await doctor(...asking('disk', 'memory'), '--limit', FIRST, '--fix');
  onHost(
    lab(),
    FIRST,
    'umount /opt; systemctl set-property --runtime ollama MemoryMax=infinity; systemctl restart ollama',
  );
  expect(findings.find(({ check }) => check === 'disk')).toMatchObject({
    status: 'fail',
    message: expect.stringMatching(/\/opt has (20|21) MB left/),
    hint: expect.stringMatching(/du -xh .*hxllm models list/),
  });
  expect(mended).toMatchObject([{ check: 'disk', done: expect.stringMatching(/journal .*apt/) }]);
  expect(findings.find(({ check }) => check === 'memory')).toMatchObject({
    status: 'fail',
    message: expect.stringMatching(/phi3:3\.8b needs about 2\.0 MB of 1\.0 MB \(MemoryMax of its unit\)/),
    hint: expect.stringContaining('a smaller model'),
  });
});

// a host of the lab shares this machine's clock, which nobody may set: its `date` is another one
test('a clock that is an hour ahead', async () => {
  onHost(
    lab(),
    FIRST,
    `printf '#!/bin/sh\\nexec /usr/bin/date -d "+1 hour" "$@"\\n' > /usr/local/bin/date; chmod 755 /usr/local/bin/date`,
  );
  const { exit, findings } = await doctor(...asking('clock'), '--limit', FIRST);
  onHost(lab(), FIRST, 'rm /usr/local/bin/date');
  expect([exit, findings[0]]).toMatchObject([
    1,
    {
      message: expect.stringMatching(/^(3599|360\d) s ahead of the control node$/),
      // no systemd-timesyncd there
      hint: expect.stringMatching(/nothing keeps the time of hx-llm01\S+: .*install -y systemd-timesyncd/),
    },
  ]);
});

test('a host that hxllm did not deploy: one fact, and what any host has', async () => {
  onHost(lab(), SECOND, 'mv /var/lib/hxllm /root/hxllm; mv /etc/hxllm /root/etc-hxllm');
  const { bad, findings } = await doctor('--limit', SECOND);
  onHost(lab(), SECOND, 'mv /root/hxllm /var/lib/hxllm; mv /root/etc-hxllm /etc/hxllm');
  expect(bad).toEqual(['hx-llm02-server deployed']);
  const hint = findings.find(({ check }) => check === 'deployed')?.hint;
  expect(hint).toMatch(/^hxllm plan --limit hx-llm02/);
});

test('a host that is off: exit 4, and its name', async () => {
  await lab().powerOff(SECOND);
  const { exit, bad } = await doctor('--timeout', '4');
  expect([exit, bad]).toEqual([4, expect.arrayContaining(['hx-llm02-server reach'])]);
});
