// The script that prints a journal, with a journalctl that only shows what it was given; and its lines, read.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type JournalQuery, journalScript, readEntry } from '../../src/services/journal.js';

/** A stand-in, since the machine of the tests may have no journal: the real one is in test/e2e/logs.e2e.ts. */
function folder(body: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'journal-'));
  writeFileSync(join(dir, 'journalctl'), `#!/bin/bash\n${body}\n`);
  chmodSync(join(dir, 'journalctl'), 0o755);
  return dir;
}
const SHOWS = `printf '%s\\n' "$@"`;

function start(dir: string, query: JournalQuery) {
  const child = spawn('bash', ['-s'], { env: { PATH: `${dir}:${process.env.PATH}` } });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (said += text));
  child.stdin.on('error', () => {});
  child.stdin.write(journalScript(query));
  const ended = new Promise<{ code: number | null; lines: string[] }>((resolve) => {
    child.on('close', (code) => resolve({ code, lines: said.split('\n').filter(Boolean) }));
  });
  return { stdin: child.stdin, ended };
}

test('units, times and cursors are words of their own, whatever they hold', async () => {
  const query = {
    units: ['litellm', 'a; touch /x'],
    since: '-60',
    until: '@5',
    lines: 7,
    after: "s='$(id)'",
  };
  const { code, lines } = await start(folder(SHOWS), query).ended;
  expect(code).toBe(0);
  expect(lines.filter((word) => !/^--(output|all|quiet|no-pager)/.test(word))).toEqual([
    '--unit=litellm',
    '--unit=a; touch /x',
    '--since=-60',
    '--until=@5',
    "--after-cursor=s='$(id)'",
    '--lines=7',
  ]);
});

test('a pattern comes on stdin and is one word; the last entry that journalctl gives first is put last', async () => {
  const { stdin, ended } = start(folder(SHOWS), { units: [], lines: 2, grep: true });
  stdin.write('$(touch /x) `id` "; \\d+\'\n');
  const { lines } = await ended;
  expect(lines[0]).toBe('--grep=$(touch /x) `id` "; \\d+\'');
  expect(lines.at(-1)).toBe('--output=json');
});

test('the exit code is that of journalctl', async () => {
  expect((await start(folder('exit 7'), { units: [] }).ended).code).toBe(7);
  const { stdin, ended } = start(folder('exit 7'), { units: [], lines: 2, grep: true });
  stdin.write('x\n');
  expect((await ended).code).toBe(7);
});

test('it ends with its stdin, and nothing of it is left', async () => {
  const dir = folder(`echo $$; trap 'exit 3' TERM; while :; do sleep 0.05; done`);
  const { stdin, ended } = start(dir, { units: [], follow: true });
  await new Promise((resolve) => setTimeout(resolve, 300));
  stdin.end();
  const { code, lines } = await ended;
  expect(code).not.toBe(0);
  // one that nobody has waited for yet is dead, too
  const state = () => spawnSync('ps', ['-o', 'stat=', '-p', lines[0] as string]).stdout.toString();
  await expect.poll(state).toMatch(/^(Z|$)/);
});

test('an entry', () => {
  const line =
    '{"MESSAGE":"hello","__REALTIME_TIMESTAMP":"1764086591123456","__CURSOR":"s=1;i=2","__MONOTONIC_TIMESTAMP":"5","_BOOT_ID":"b","PRIORITY":"4","SYSLOG_IDENTIFIER":"litellm","_PID":"12","_SYSTEMD_UNIT":"litellm.service"}';
  expect(readEntry(line)).toEqual({
    ...{ time: 1764086591123456, cursor: 's=1;i=2', unit: 'litellm.service', identifier: 'litellm' },
    ...{ pid: 12, priority: 4, message: 'hello' },
  });
});

test.each([
  [
    'of systemd about a unit',
    { UNIT: 'ollama.service', _SYSTEMD_UNIT: 'init.scope' },
    { unit: 'ollama.service' },
  ],
  ['in bytes', { MESSAGE: [104, 195, 164, 0] }, { message: 'hä\0' }],
  ['that stands twice', { MESSAGE: ['a', [98]] }, { message: 'a\nb' }],
  ['that was too large', { MESSAGE: null }, { message: '' }],
  ['without an identifier', { _COMM: 'python' }, { identifier: 'python' }],
])('a message %s', (_, raw, wanted) => {
  expect(readEntry(JSON.stringify({ __REALTIME_TIMESTAMP: '1', __CURSOR: 'c', ...raw }))).toMatchObject(
    wanted,
  );
});

test('what is no entry is none', () => {
  expect([readEntry(''), readEntry('-- Boot 12 --')]).toEqual([undefined, undefined]);
});
