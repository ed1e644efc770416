// Each fault that doctor knows, made for real on a deployed stack: found with its cause and its cure; nothing is found on a healthy one.
import { expect, test } from 'vitest';
import { doctor as doctorOf } from './support/doctor.js';
import { onHost } from './support/search.js';
import { useDeployed } from './support/shared.js';
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

const DROP_IN = '/run/systemd/system/ollama.service.d/broken.conf';
const dropIn = (lines: string) =>
  `mkdir -p ${DROP_IN.replace(/\/[^/]*$/, '')}; printf '[Service]\\n${lines}\\n' > ${DROP_IN}; systemctl daemon-reload; systemctl restart ollama`;
const NONE = `rm -f ${DROP_IN}; systemctl daemon-reload; systemctl reset-failed ollama; systemctl restart ollama`;

const WHY: [what: string, breaks: string, mends: string, says: RegExp, hint: RegExp][] = [
  [
    'another program has its port',
    `systemctl stop ollama; systemd-run -q --unit=thief python3 -m http.server 11434; sleep 1; ${dropIn('Restart=no')}`,
    `systemctl stop thief; ${NONE}`,
    /its port is taken: .*address already in use/,
    /ss -ltnp/,
  ],
  [
    'its program is gone',
    `mv /usr/local/bin/ollama /root/ollama; ${dropIn('Restart=no')}`,
    `mv /root/ollama /usr/local/bin/ollama; ${NONE}`,
    /its program or its Python is gone/,
    /hxllm deploy --limit hx-llm01/,
  ],
  [
    'its folder is closed to it',
    `chown root: /var/lib/ollama/models; ${dropIn('Restart=no')}; sleep 1`,
    `chown ollama: /var/lib/ollama/models; ${NONE}`,
    /it may not read or write what it needs: .*permission denied/i,
    /permissions --limit hx-llm01/,
  ],
  [
    'it runs out of memory',
    `${dropIn('Restart=no\\nLimitAS=100M')}; sleep 2`,
    NONE,
    /it ran out of memory/,
    /MemoryMax of ollama/,
  ],
];

test.each(WHY)('why it does not start: %s', async (_, breaks, mends, says, hint) => {
  onHost(lab(), FIRST, breaks);
  const { findings, exit, mended } = await doctor(...asking('start'), '--limit', FIRST, '--fix');
  onHost(lab(), FIRST, mends);
  expect(exit).toBe(1);
  expect(findings).toMatchObject([{ check: 'start', subject: 'ollama', status: 'fail' }]);
  expect(findings[0]!.message).toMatch(says);
  expect(findings[0]!.hint).toMatch(hint);
  // what has a cause is not just started again
  expect(mended).toEqual([]);
});

test.each([
  ['stopped', 'systemctl stop ollama', /somebody stopped it/],
  ['killed', `${dropIn('Restart=no')}; sleep 1; systemctl kill -s KILL ollama; sleep 1`, /it was killed/],
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
  onHost(lab(), FIRST, NONE);
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
  onHost(lab(), FIRST, 'systemctl start ollama');
  expect(exit).toBe(1);
  expect(bad).toEqual(
    expect.arrayContaining([
      'hx-llm01-server start ollama',
      'hx-llm01-server units',
      'hx-api-server backend-reach hx-llm01-server',
    ]),
  );
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
  expect([lost.exit, lost.findings[0]?.message]).toEqual([1, `${llm} is not found`]);
  expect([odd.exit, odd.findings[0]]).toMatchObject([
    0,
    { status: 'warn', message: expect.stringContaining('which is called other.example') },
  ]);
});

test('disk and memory: too little of each', async () => {
  onHost(lab(), FIRST, 'mount -t tmpfs -o size=20m tmpfs /opt');
  onHost(lab(), FIRST, 'systemctl set-property --runtime ollama MemoryMax=1M; true');
  const { findings } = await doctor(...asking('disk', 'memory'), '--limit', FIRST);
  onHost(
    lab(),
    FIRST,
    'umount /opt; systemctl set-property --runtime ollama MemoryMax=infinity; systemctl restart ollama',
  );
  expect(findings.find(({ check }) => check === 'disk')).toMatchObject({
    status: 'fail',
    message: expect.stringMatching(/\/opt has (20|21) MB left/),
  });
  expect(findings.find(({ check }) => check === 'memory')).toMatchObject({
    status: 'fail',
    message: expect.stringMatching(/phi3:3\.8b needs about 2\.0 MB of 1\.0 MB \(MemoryMax of its unit\)/),
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
      fix: { title: expect.any(String) },
    },
  ]);
});

test('a host that hxllm did not deploy: one fact, and what any host has', async () => {
  onHost(lab(), SECOND, 'mv /var/lib/hxllm /root/hxllm; mv /etc/hxllm /root/etc-hxllm');
  const { bad } = await doctor('--limit', SECOND);
  onHost(lab(), SECOND, 'mv /root/hxllm /var/lib/hxllm; mv /root/etc-hxllm /etc/hxllm');
  expect(bad).toEqual(['hx-llm02-server deployed']);
});

test('a host that is off: exit 4, and its name', async () => {
  await lab().powerOff(SECOND);
  const { exit, bad } = await doctor('--timeout', '4');
  expect([exit, bad]).toEqual([4, expect.arrayContaining(['hx-llm02-server reach'])]);
});
