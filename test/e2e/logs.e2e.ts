// The journals of real hosts as one: all lines, each once, in order; followed over a cut; nothing is left running.
import { expect, test } from 'vitest';
import { sleep } from '../../src/retry.js';
import { useLab } from '../support/lab.js';
import { FULL } from './support/full.js';
import { begin, inside } from './support/running.js';
import { masterKey } from './support/stack.js';

const HOSTS = ['hx-api-server', 'hx-llm01-server', 'hx-llm02-server', 'hx-webui-server'];
const lab = useLab({ hosts: HOSTS, ollama: false });
const LINES = FULL ? 25_000 : 2_500;

/** A transient unit that logs by bash; journald's limit of a unit must not drop anything. */
const logging = (unit: string, script: string, more = '') =>
  `systemd-run -q --wait -p LogRateLimitIntervalSec=0 ${more} --unit=${unit} bash -c ${quoted(script)}`;
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const onAll = (command: string) => Promise.all(HOSTS.map((host) => inside(lab(), host, command)));

/** Processes of journalctl, and shells that watch over one. */
const left = async (host: string) =>
  (await inside(lab(), host, "pgrep -af '[j]ournalctl --output=json|[b]ash -s'; true")).stdout;
const nothingIsLeft = async (within = 3000) => {
  for (const host of HOSTS) await expect.poll(() => left(host), { timeout: within }).toBe('');
};

interface Told {
  time: string;
  host: string;
  unit: string;
  message: string;
}
const told = (text: string) =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Told);

test('all lines of all hosts, each once, in the order of time, in little memory', async () => {
  await onAll(
    logging('litellm', `for ((i = 1; i <= ${LINES}; i++)); do echo "line $i ${'x'.repeat(80)}"; done`),
  );
  await onAll('journalctl --sync');
  const env = { NODE_OPTIONS: '--max-old-space-size=48' };
  const { code, stdout, stderr } = await lab().hxllm(
    ['logs', '-u', 'litellm', '--grep', '^line', '--since', '10m', '--json'],
    { env },
  );
  expect([code, stderr]).toEqual([0, '']);
  const lines = told(stdout);
  expect(lines.length).toBe(HOSTS.length * LINES);
  expect(lines.every(({ time }, at) => at === 0 || time >= lines[at - 1]!.time)).toBe(true);
  for (const host of HOSTS) {
    const own = lines.filter((line) => line.host === lab().fqdn(host));
    expect(own.map(({ message }) => Number(message.split(' ')[1]))).toEqual(
      Array.from({ length: LINES }, (_, i) => i + 1),
    );
  }
  // they wrote at the same time: it is a merge, not one after the other
  const changes = lines.filter(({ host }, at) => at > 0 && host !== lines[at - 1]!.host).length;
  expect(changes).toBeGreaterThan(HOSTS.length);
});

test('the last ones of each host, its roles’ units, a time, a pattern', async () => {
  const some = await lab().hxllm(['logs', '-n', '2', '--json', '--grep', '^LINE|^line']);
  expect(told(some.stdout).map(({ message }) => message.split(' ')[1])).toEqual([
    ...[`${LINES - 1}`, `${LINES}`],
  ]);
  expect(
    told(some.stdout).every(
      ({ host, unit }) => host === lab().fqdn('hx-api-server') && unit === 'litellm.service',
    ),
  ).toBe(true);
  const later = await lab().hxllm(['logs', '-u', 'litellm', '--since', 'now']);
  expect(later).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('no such entry') });
  const at = (
    await inside(lab(), HOSTS[0]!, `${logging('first', 'echo x')}; sleep 1; date +%s; sleep 1`)
  ).stdout.trim();
  await inside(lab(), HOSTS[0]!, logging('second', 'echo x'));
  const end = new Date(Number(at) * 1000).toISOString();
  const until = await lab().hxllm(['logs', '-u', 'first', '-u', 'second', '--until', end, '--json']);
  expect(told(until.stdout).map(({ unit }) => unit)).toContain('first.service');
  expect(told(until.stdout).map(({ unit }) => unit)).not.toContain('second.service');
  const text = await lab().hxllm(['logs', '-u', 'litellm', '-n', '1', '--limit', 'hx-llm02-server']);
  expect(text.stdout).toMatch(
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} hx-llm02-server bash\[\d+\]: line \d+ x+\n$/,
  );
});

test('a pattern is no shell’s, and one that is none is exit 2; what is secret is hidden', async () => {
  const key = await masterKey(lab());
  await inside(lab(), HOSTS[0]!, logging('odd', `echo "a \\$(touch /run/hit) ${key}"`));
  const { stdout } = await lab().hxllm(['logs', '-u', 'odd', '--grep', 'a \\$\\(touch /run/hit\\)']);
  expect(stdout).toContain('a $(touch /run/hit) [secret]');
  await lab().hxllm(['logs', '-u', '$(touch /run/hit)', '--grep', '`touch /run/hit`']);
  expect((await onAll('ls /run/hit 2>/dev/null')).map((ran) => ran.stdout)).toEqual(HOSTS.map(() => ''));
  const bad = await lab().hxllm(['logs', '--grep', '((']);
  expect([bad.code, bad.stderr]).toEqual([2, expect.stringMatching(/journalctl: .*parenthesis/s)]);
});

test('followed over a cut: no line is lost or doubled; Ctrl-C leaves nothing on any host', async () => {
  const cut = 'hx-llm02-server';
  const seconds = 25;
  const write = `for ((i = 1; i <= ${seconds * 10}; i++)); do echo "tick $i"; sleep 0.1; done`;
  const running = begin(lab(), ['logs', '-f', '-u', 'ticks', '--grep', '^tick \\d', '-n', '0', '--json']);
  const writing = onAll(logging('ticks', write));
  await running.until(/tick 20"/);
  await lab().cable(cut, 'out');
  await running.until(/hx-llm02-server\S*: the connection was lost, connecting again/);
  await lab().cable(cut, 'in');
  await running.until(/hx-llm02-server\S*: connected again/);
  await writing;
  await sleep(1500);
  running.kill('SIGINT');
  const { code, said } = await running.ended;
  expect(code).toBe(130);
  const lines = told(
    said
      .split('\n')
      .filter((line) => line.startsWith('{"schema":1,"time"'))
      .join('\n'),
  );
  const all = Array.from({ length: seconds * 10 }, (_, i) => `tick ${i + 1}`);
  for (const host of HOSTS)
    expect(lines.filter((line) => line.host === lab().fqdn(host)).map(({ message }) => message)).toEqual(all);
  // the one that was cut heard nothing for ten seconds: it ended the first one by itself
  await nothingIsLeft();
});

test('killed: the hosts end it themselves', async () => {
  const running = begin(lab(), ['logs', '-f', '-u', 'ticks']);
  await running.until(/tick/);
  expect(await left(HOSTS[0]!)).not.toBe('');
  running.kill('SIGKILL');
  await running.ended;
  await nothingIsLeft();
});

test('a reader that has enough ends it', async () => {
  const running = begin(lab(), ['logs', '-f', '-u', 'ticks']);
  await running.until(/tick/);
  running.close();
  await inside(lab(), HOSTS[0]!, logging('ticks', 'echo more; sleep 1; echo and more'));
  expect(await running.ended).toMatchObject({ code: 0, said: expect.not.stringContaining('Error') });
  await nothingIsLeft();
});

test('a host that is off: exit 4 with its name, and the lines of the others', async () => {
  await lab().powerOff('hx-llm01-server');
  const { code, stdout, stderr } = await lab().hxllm(['logs', '-u', 'ticks', '-n', '1', '--timeout', '5']);
  expect([code, stderr]).toEqual([4, expect.stringContaining(lab().fqdn('hx-llm01-server'))]);
  expect(stdout.match(/hx-[\w-]+-server/g)?.length).toBe(3);
});
