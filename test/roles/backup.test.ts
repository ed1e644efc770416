// The programs of backup and restore with a real restic, in a folder that stands for a host.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { sqlite as ask, backupHost, PEOPLE } from '../support/backup-host.js';

// restic takes half a second for each call, and more on a busy machine
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const { root, text: at, backup, restore } = backupHost();
const DATA = join(root, 'var/lib/open-webui');
const DATABASE = join(DATA, 'webui.db');
const sqlite = (sql: string) => ask(DATABASE, sql);

beforeAll(() => {
  for (const folder of ['uploads', 'cache']) mkdirSync(join(DATA, folder), { recursive: true });
  writeFileSync(join(DATA, 'uploads/letter.txt'), 'Dear all');
  writeFileSync(join(DATA, 'uploads/report-partial.pdf'), 'of a person');
  writeFileSync(join(DATA, 'cache/big'), 'not this');
  sqlite(PEOPLE);
  const first = backup();
  expect([first.status, first.stderr]).toEqual([0, '']);
});

test('a backup says what it holds, and has neither the caches nor its own password', () => {
  const { snapshot } = restore<{ snapshot: string }[]>('snapshots').at(-1)!;
  const { webui } = restore<{ webui: object }>('fetch');
  expect(webui).toEqual({ users: 1, chats: 1, version: '0.12.4' });
  const fetched = readdirSync(join(root, 'var/lib/hxllm/restore', root), { recursive: true }).map(String);
  expect(fetched).toEqual(
    expect.arrayContaining([
      'var/lib/open-webui/uploads/letter.txt',
      'var/lib/open-webui/uploads/report-partial.pdf',
    ]),
  );
  expect(fetched.filter((path) => /cache|settings|open-webui\/webui\.db/.test(path))).toEqual([]);
  expect(snapshot).toMatch(/^[0-9a-f]{8}$/);
  expect(readdirSync(join(root, 'run'))).toEqual(['hxllm-backup.lock']);
  restore('drop');
  expect(existsSync(join(root, 'var/lib/hxllm/restore'))).toBe(false);
});

describe('put in', () => {
  beforeAll(() => {
    sqlite("insert into chat values('new')");
  });
  const fetched = () => restore<{ there: object }>('fetch');

  test('where the service does not start with it, its own data comes back', () => {
    expect(fetched().there).toEqual({ users: 1, chats: 2, files: 2, used: true });
    expect(() => restore('put', {}, 'False')).toThrow(expect.objectContaining({ code: 'undone' }));
    expect(sqlite('select title from chat')).toBe("('old',) ('new',)");
  });

  test('not when another run has fetched another backup meanwhile', () => {
    fetched();
    const mark = 'of another run';
    for (const call of ['before', 'put'] as const)
      expect(() => restore(call, { mark })).toThrow('which began meanwhile');
    restore('drop', { mark });
    expect(existsSync(join(root, 'var/lib/hxllm/restore'))).toBe(true);
    expect(sqlite('select title from chat')).toBe("('old',) ('new',)");
  });

  test('not over chats that nobody has agreed to lose', () => {
    fetched();
    expect(() => restore('put', { overwrite: false })).toThrow('users or chats now');
    expect(sqlite('select title from chat')).toBe("('old',) ('new',)");
  });

  test('a database that cannot be read is not taken for an empty one', () => {
    const kept = readFileSync(join(DATA, 'webui.db'));
    writeFileSync(join(DATA, 'webui.db'), Buffer.concat([kept.subarray(0, 16), Buffer.alloc(4096, 7)]));
    try {
      expect(fetched().there).toEqual({ unreadable: true, used: true });
    } finally {
      writeFileSync(join(DATA, 'webui.db'), kept);
    }
  });

  test('it is as it was, and what was there is kept', () => {
    fetched();
    const { kept } = restore<{ kept: string }>('put');
    expect(sqlite('select title from chat')).toBe("('old',)");
    expect(at('var/lib/open-webui/uploads/letter.txt')).toBe('Dear all');
    expect(existsSync(join(kept, 'webui.db'))).toBe(true);
    expect(existsSync(join(root, 'var/lib/hxllm/restore'))).toBe(false);
    expect(at('var/lib/hxllm/records/20260101T000000-abcd')).toContain('"restore"');
  });
});

describe('is refused', () => {
  test.each([
    ['the wrong password', { password: 'wrong' }, 'hxllm_backup_password does not open the repository'],
    ['no repository', { repository: join(root, 'none') }, 'there is no repository'],
    ['another host', { host: 'gw' }, 'the repository has no backup of gw; it has some of: ui'],
    ['an unknown snapshot', { snapshot: 'abcdef01' }, 'the repository has no snapshot abcdef01'],
    ['a server that does not answer', { repository: 'rest:http://127.0.0.1:1/' }, 'is not reached'],
  ])('%s', (_, more, message) => {
    expect(() => restore('fetch', more)).toThrow(message);
  });

  test('a piece of data of which a byte is another', () => {
    const copy = join(root, 'damaged');
    const damage = `cp -a "$0/repository" "$1" && find "$1/data" -type f | while read -r f; do
      chmod u+w "$f"; printf XXXX | dd of="$f" bs=1 seek=$(( $(stat -c %s "$f") / 2 )) conv=notrunc status=none; done`;
    spawnSync('sh', ['-c', damage, root, copy]);
    expect(() => restore('fetch', { repository: copy })).toThrow('damaged');
  });
});

describe('a backup fails', () => {
  test('when the repository that it wrote to is gone: its disk may not be mounted', () => {
    const { status, last } = spawnSync('mv', [join(root, 'repository'), join(root, 'away')]) && backup();
    expect([status, last.refused]).toEqual([
      1,
      { kind: 'absent', message: expect.stringContaining('is gone') },
    ]);
    spawnSync('mv', [join(root, 'away'), join(root, 'repository')]);
  });

  test('when the database itself is damaged, so that no good one is forgotten for it', () => {
    const before = restore<object[]>('snapshots').length;
    const whole = readFileSync(DATABASE);
    writeFileSync(
      DATABASE,
      Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 0xff)]),
    );
    expect(backup().last.refused).toMatchObject({ kind: 'damaged' });
    expect(restore<object[]>('snapshots').length).toBe(before);
    writeFileSync(DATABASE, whole);
  });

  test('whatever it is that goes wrong, and that is written down', () => {
    const whole = readFileSync(DATABASE);
    writeFileSync(DATABASE, Buffer.concat([whole.subarray(0, 16), Buffer.alloc(4096, 7)]));
    const { status, last } = backup();
    expect([status, last.refused]).toMatchObject([
      1,
      { kind: 'failed', message: expect.stringMatching(/^\w*Error: /) },
    ]);
    writeFileSync(DATABASE, whole);
  });

  test('else old ones go', () => {
    expect(backup({ keep: ['--keep-last', '1'] }).status).toBe(0);
    expect(restore<object[]>('snapshots').length).toBe(1);
  });
});
