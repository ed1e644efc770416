// What doctor finds in what went over the wire and through the shells: made for real, found with its cause and its cure.
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { labHost } from '../../src/lab/hosts.js';
import { machineOf, needState } from '../../src/lab/state.js';
import { doctor as doctorOf } from './support/doctor.js';
import { FULL } from './support/full.js';
import { metAt } from './support/network.js';
import { onHost } from './support/search.js';
import { useDeployed } from './support/shared.js';
import { BACKENDS, GATEWAY, masterKey } from './support/stack.js';

const lab = useDeployed();
const [FIRST, SECOND] = BACKENDS as [string, string];
const doctor = (checks: string, host: string, ...more: string[]) =>
  doctorOf(lab(), '--only', checks, '--limit', host, ...more);

test('clients that were refused: no key, a wrong one, one without Bearer; what hxllm asked in proof is not among them', async () => {
  const key = await masterKey(lab());
  expect((await lab().hxllm(['verify', '--only', 'auth,exposure'])).code).toBe(0);
  const [before] = (await doctor('refused', GATEWAY)).findings;
  expect(before).toMatchObject({ status: 'pass', message: 'nobody in the last hour' });
  const ask = (header: string) =>
    `curl -s -o /dev/null -w '%{http_code} ' ${header && `-H '${header}'`} http://${lab().fqdn(GATEWAY)}:4000/v1/models`;
  const { stdout } = await lab().ssh(
    FIRST,
    [
      ask(''),
      ask(''),
      ask('Authorization: Bearer sk-nobodys-key-of-this-gateway'),
      ask(`Authorization: ${key}`),
    ].join('; '),
  );
  expect(stdout.trim()).toBe('401 401 401 401');
  const { findings, exit } = await doctor('refused', GATEWAY);
  const at = lab().address(FIRST);
  expect(exit).toBe(0);
  expect(findings.map(({ subject, message, hint }) => `${subject}: ${message} (${hint})`).sort()).toEqual([
    expect.stringMatching(`^admin at ${at}: sent its key without the word Bearer: 1 time in .*Bearer KEY`),
    expect.stringMatching(
      `^somebody at ${at}: came with a key that is nobody's .*: 1 time .*hxllm keys list`,
    ),
    expect.stringMatching(`^somebody at ${at}: sent no key: 2 times in .*Bearer KEY`),
  ]);
  expect(JSON.stringify(findings)).not.toContain(key);
});

test('a link that drops what is larger than its packets', async () => {
  const cable = `vb-${machineOf(needState(lab().name), labHost(FIRST).machine)}`;
  const mtu = (bytes: string) => execFileSync('ip', ['link', 'set', cable, 'mtu', bytes]);
  const was = execFileSync('ip', ['-o', 'link', 'show', cable], { encoding: 'utf8' }).match(
    / mtu (\d+) /,
  )![1]!;
  // else its packets would cross the bridge in one piece, as no real link carries them
  onHost(lab(), GATEWAY, 'ip link set host0 gso_max_segs 1');
  mtu('1000');
  const { findings, exit } = await doctor('mtu', GATEWAY);
  mtu(was);
  onHost(lab(), GATEWAY, 'ip link set host0 gso_max_segs 65535');
  expect(exit).toBe(1);
  expect(findings).toMatchObject([
    {
      subject: FIRST,
      status: 'fail',
      message: expect.stringMatching(/^20000 bytes do not arrive though a short request does: /),
      hint: expect.stringContaining('ip link'),
    },
    { subject: SECOND, status: 'pass' },
  ]);
});

test('a login file that waits', async () => {
  onHost(
    lab(),
    FIRST,
    "f=/home/agent0/.bashrc; touch $f; cp -p $f /root/bashrc; sed -i '1i sleep 2' $f; [ -s $f ] || echo 'sleep 2' > $f",
  );
  const { findings, exit } = await doctor('shell', FIRST);
  onHost(lab(), FIRST, 'cp -p /root/bashrc /home/agent0/.bashrc');
  expect([exit, findings]).toMatchObject([
    0,
    [
      {
        status: 'warn',
        message: expect.stringMatching(/^the shell of agent0 takes 2\.\d s to begin$/),
        hint: expect.stringContaining('~/.bashrc'),
      },
    ],
  ]);
});

test('a sudo that waits', async () => {
  const sudo = '/usr/local/bin/sudo';
  onHost(
    lab(),
    FIRST,
    `printf '#!/bin/sh\\nsleep 2; exec /usr/bin/sudo "$@"\\n' > ${sudo}; chmod 755 ${sudo}`,
  );
  const { findings, exit } = await doctor('shell', FIRST);
  onHost(lab(), FIRST, `rm ${sudo}`);
  expect([exit, findings]).toMatchObject([
    0,
    [
      {
        status: 'warn',
        message: expect.stringMatching(/^sudo takes 2\.\d s$/),
        hint: expect.stringMatching(/its own name\? .*\/etc\/hosts/),
      },
    ],
  ]);
});

test('a prompt that Ollama cuts in silence', async () => {
  const words = Array.from({ length: 300 }, (_, i) => `word${i}`).join(' ');
  const body = JSON.stringify({
    model: 'phi3:3.8b',
    stream: false,
    options: { num_ctx: 64 },
    messages: [{ role: 'user', content: words }],
  });
  const { stdout } = await lab().ssh(
    FIRST,
    `curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:11434/api/chat -d '${body}'`,
  );
  expect(stdout).toBe('200');
  const { findings } = await doctor('context', FIRST);
  expect(findings).toMatchObject([
    {
      status: 'warn',
      message: expect.stringMatching(
        /^1 prompt was cut in silence in the last day: the longest had \d{4} tokens/,
      ),
      hint: expect.stringContaining('ollama_context_length'),
    },
  ]);
});

const NFT = `nft add table inet lab; nft 'add chain inet lab out { type filter hook output priority 0; }'; nft add rule inet lab out ip daddr`;

test.each([
  ['no route', (to: string) => `ip route add unreachable ${to}`, /no route/],
  ...(FULL ? [['a firewall', (to: string) => `${NFT} ${to} tcp dport 11434 drop`, /in time/] as const] : []),
] as const)(
  'a backend that the gateway does not reach, %s: that, and nothing else',
  async (_, breaks, says) => {
    const to = lab().address(FIRST);
    onHost(lab(), GATEWAY, breaks(to));
    const { bad, findings } = await doctor('backend-reach,backend-models,backend-answers,clock', GATEWAY);
    onHost(lab(), GATEWAY, `ip route del unreachable ${to}; nft delete table inet lab`);
    const own = (check: string, subject: string) => `hx-api-server ${check} ${subject}`;
    expect(bad).toEqual([
      own('backend-reach', FIRST),
      own('backend-models', 'phi3-3.8b'),
      own('backend-answers', `phi3-3.8b on ${FIRST}`),
    ]);
    const [reach, ...echoes] = findings.filter(({ status }) => status === 'fail');
    expect(reach).toMatchObject({
      message: expect.stringMatching(says),
      hint: expect.stringMatching(/a firewall or a wrong network\? ssh hx-api\S+ curl -v http/),
    });
    expect(echoes.map(({ hint }) => hint)).toEqual(
      echoes.map(() => expect.stringContaining('hxllm doctor --only backend-reach')),
    );
  },
);

test('Ollama open to the network: --fix closes it, or says why it could not', async () => {
  const file = '/etc/hxllm/filter.nft';
  const fix = () => doctor('filter', FIRST, '--fix');
  onHost(lab(), FIRST, `nft delete table inet hxllm; cp -p ${file} /root/filter; echo nonsense >> ${file}`);
  const failed = await fix();
  onHost(lab(), FIRST, `cat /root/filter > ${file}`);
  const done = await fix();
  expect([failed.exit, failed.findings, failed.mended]).toMatchObject([
    1,
    [{ message: expect.stringContaining('anybody may come to port 11434'), hint: expect.any(String) }],
    [],
  ]);
  expect(failed.failed).toMatchObject([{ check: 'filter', failed: 'load the filter from its file' }]);
  expect([done.exit, done.bad, done.mended]).toMatchObject([0, [], [{ check: 'filter' }]]);
  expect(await metAt(lab().address(FIRST), 11434)).toBe('ECONNREFUSED');
});
