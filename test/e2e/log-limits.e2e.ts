// What hosts keep of their logs, shown by filling them: the journal's size, a service's rate, HAProxy's file; and no line lost on the way.
import { beforeAll, expect, test } from 'vitest';
import { onHost } from './support/search.js';
import { useDeployed } from './support/shared.js';
import { GATEWAY } from './support/stack.js';

const lab = useDeployed();
const hxllm = (command: string, vars: object) => {
  const yes = command === 'deploy' ? ['--yes'] : [];
  return lab().hxllm([command, ...yes, '--limit', GATEWAY, '-e', JSON.stringify(vars)]);
};
const said = (script: string) => {
  const { status, stdout, stderr } = onHost(lab(), GATEWAY, script);
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  return stdout;
};
const deployed = async (vars: object) => {
  const { code, stdout, stderr } = await hxllm('deploy', vars);
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
  return stdout;
};

const FILE = { hxllm_haproxy_log_max_size: '100k', hxllm_haproxy_log_keep: 2 };
const LIMITS = {
  hxllm_journal_max_use: '24M',
  hxllm_journal_max_age: '30d',
  hxllm_log_rates: { litellm: '5000/10s', haproxy: '100/10s' },
  ...FILE,
};
const PIDS = 'systemctl show -P MainPID litellm haproxy';
/** A unit that nothing limits. */
const UNIT = 'systemd-run -q -p LogRateLimitIntervalSec=1s -p LogRateLimitBurst=10000000';
/** Numbers of the lines that a unit has logged with that word. */
const numbers = (unit: string, word: string) =>
  said(
    `journalctl --sync; journalctl -q -u ${unit} -o cat --no-pager | sed -nE 's/^${word} ([0-9]+).*/\\1/p'`,
  )
    .split('\n')
    .filter(Boolean)
    .map(Number);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
/** Requests on one connection, which HAProxy itself answers and logs: /NAME1, /NAME2, … */
const ask = (name: string, count: number, more = '') =>
  `curl -s -o /dev/null ${more} "http://127.0.0.1:4000/${name}[1-${count}]"`;
/** HAProxy does not wait for a log that is behind: it drops lines itself. */
const steadily = (name: string, count: number) => ask(name, count, '--rate 300/s');

let pids = '';
let packaged = '';
beforeAll(() => {
  pids = said(PIDS);
  packaged = said('cat /etc/logrotate.d/haproxy');
});

test('limits are taken by what runs: no service is restarted, and no line is lost meanwhile', async () => {
  said(`${UNIT} --unit=ticks bash -c 'for ((i = 1; ; i++)); do echo "tick $i"; sleep 0.01; done'`);
  const stdout = await deployed(LIMITS);
  expect(stdout).toContain('take the log rate of haproxy.service');
  said('systemctl stop ticks');
  const ticks = numbers('ticks', 'tick');
  expect(ticks.length).toBeGreaterThan(100);
  expect(ticks).toEqual(upTo(ticks.length));
  expect(said(PIDS)).toBe(pids);
  expect((await hxllm('plan', LIMITS)).code).toBe(0);
});

test('a service that floods is cut at its rate, and every line of another one is there', () => {
  said(
    `sleep 11; journalctl --sync; ${UNIT} --unit=other bash -c 'for ((i = 1; i <= 3000; i++)); do echo "other $i"; done'\n${ask('flood', 3000)}; sleep 11; ${ask('after', 1)}; sleep 1`,
  );
  const lines = Number(said("journalctl -q -u haproxy -o cat | grep -c ' /flood' || true"));
  // journald gives up to six times the rate when the disk has room
  expect(lines).toBeGreaterThanOrEqual(100);
  expect(lines).toBeLessThanOrEqual(1200);
  expect(said('journalctl -q -o cat')).toMatch(/Suppressed \d+ messages from haproxy.service/);
  expect(numbers('other', 'other')).toEqual(upTo(3000));
});

test('the journal stays below its size, the oldest lines go, and litellm’s newest ones are whole', async () => {
  said(
    `${UNIT} --wait --unit=fill bash -c 'head -c 30M /dev/urandom | base64 -w 500 | awk "{ print \\"fill\\", NR, \\$0 }"'`,
  );
  const since = said('date +@%s.%6N').trim();
  // LiteLLM is silent about what goes well (LITELLM_LOG=ERROR)
  said('curl -sS -o /dev/null http://127.0.0.1:4401/v1/models');
  const newest = () => said(`journalctl --sync; journalctl -q -u litellm --since ${since} -o json`);
  await expect.poll(newest, { timeout: 20_000, interval: 500 }).toContain('invalid or missing API key');
  const entries = newest()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(entries.map((entry) => entry._SYSTEMD_UNIT)).toContain('litellm.service');
  expect(Number(said('du -sk /var/log/journal').split('\t')[0])).toBeLessThanOrEqual(25 * 1024);
  const kept = numbers('fill', 'fill');
  expect(kept[0]).toBeGreaterThan(1);
  expect(kept).toEqual(upTo(kept.at(-1)!).slice(kept[0]! - 1));
});

test('a rate that is taken out of the inventory is gone, also of what runs', async () => {
  expect(await deployed(FILE)).toContain('- unit /etc/systemd/system/haproxy.service.d/hxllm-log.conf');
  said(`sleep 11; ${steadily('free', 1500)}; sleep 2; journalctl --sync`);
  expect(said("journalctl -q -u haproxy -o cat | grep -c ' /free'")).toBe('1500\n');
  expect(said(PIDS)).toBe(pids);
  expect(said('ls /etc/systemd/journald.conf.d 2>/dev/null || true')).toBe('');
});

test('where rsyslog writes haproxy.log, it is rotated by size without a lost line, and only so many files stay', () => {
  said(
    'DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends rsyslog logrotate >/dev/null 2>&1 && until systemctl is-active -q rsyslog; do sleep 0.2; done',
  );
  const rotate = 'systemctl start logrotate.service && systemctl show -P Result logrotate.service';
  const halves = `${steadily('a', 1500)}; sleep 2; ${rotate}; ${steadily('b', 1500)} & sleep 2; logrotate -f /etc/logrotate.d/haproxy; wait; sleep 2`;
  expect(said(halves)).toBe('success\n');
  const files = () => said('cd /var/log; ls haproxy.log*').trim().split('\n');
  expect(files()).toEqual(['haproxy.log', 'haproxy.log.1', 'haproxy.log.2.gz']);
  const lines = said(
    "zcat -f /var/log/haproxy.log* | grep -oE ' /[ab][0-9]+ ' | sort | uniq -c | awk '{ print $1 }' | sort | uniq -c",
  );
  expect(lines.trim()).toMatch(/^3000 1$/);
  said(`${ask('c', 1500)}; sleep 2; ${rotate}`);
  expect(files()).toEqual(['haproxy.log', 'haproxy.log.1', 'haproxy.log.2.gz']);
  expect(said('systemctl show -P TimersCalendar logrotate.timer')).toContain('*-*-* *:00:00');
});

test('without the variables the host is as it was: the package’s own rotation is back', async () => {
  await deployed({});
  expect(said('cat /etc/logrotate.d/haproxy')).toBe(packaged);
  expect(
    said(
      'ls -d /etc/systemd/system/*.d/hxllm-log.conf /etc/systemd/system/logrotate.timer.d 2>/dev/null || true',
    ),
  ).toBe('');
  expect(said('systemctl show -P TimersCalendar logrotate.timer')).not.toContain('*:00:00');
  expect((await hxllm('plan', {})).code).toBe(0);
});
