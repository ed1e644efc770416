// What was there before a restore: nothing of it is lost that somebody would miss, whatever goes wrong, and everybody keeps what is theirs.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { restoreScript } from '../../src/backup.js';
import { backupHost, PEOPLE, sqlite } from '../support/backup-host.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const { at, text, write, installed, backup, restore } = backupHost();
const data = 'home/data';
const UNPACKED = 'var/lib/hxllm/restore';
const copied = (from: string, to: string) => void spawnSync('cp', ['-a', at(from), at(to)]);
const NOBODY_ELSE = PEOPLE.replace("insert into chat values('old')", 'create table file(id,path)');
const chats = (path = `${data}/webui.db`) => sqlite(at(path), 'select title from chat');
const olds = () => spawnSync('ls', [at('home')], { encoding: 'utf8' }).stdout.match(/data\.before\S+/g) ?? [];
const isRoot = process.getuid?.() === 0;

beforeEach(() => {
  for (const one of ['home', 'srv', 'srv-end']) rmSync(at(one), { recursive: true, force: true });
  for (const one of Object.keys(installed)) delete installed[one as keyof typeof installed];
  Object.assign(installed, { data, ours: true });
  write(`${data}/uploads/letter.txt`, 'Dear all');
  sqlite(at(`${data}/webui.db`), PEOPLE);
  rmSync(at(UNPACKED), { recursive: true, force: true });
  if (existsSync(at('fetched'))) return copied('fetched', UNPACKED);
  expect(backup({ keep: [] })).toMatchObject({ status: 0 });
  restore('fetch');
  copied(UNPACKED, 'fetched');
});

const anew = (more: string[] = []) => {
  rmSync(at(data), { recursive: true });
  mkdirSync(at(data), { recursive: true });
  sqlite(at(`${data}/webui.db`), [NOBODY_ELSE, ...more].join(';'));
};

describe('without --overwrite', () => {
  test.each([
    ['an upload', () => write(`${data}/uploads/other.txt`, 'x')],
    ['a file in a collection', () => anew(["insert into file values(1,'s3://b/uploads/2')"])],
  ])('%s of the only user is not replaced', (_, make) => {
    anew();
    make();
    expect(() => restore('put', { overwrite: false })).toThrow('or files');
    expect([chats(), olds()]).toEqual(['', []]);
  });

  test('nor is what cannot be read', () => {
    writeFileSync(at(`${data}/webui.db`), 'SQLite format 3\0 of nobody knows what');
    expect(() => restore('put', { overwrite: false })).toThrow('cannot be read');
  });

  test.each([true, false])('of an unused one nothing is left when hxllm has installed it: %s', (ours) => {
    anew();
    Object.assign(installed, { ours });
    const { kept } = restore<{ kept?: string }>('put', { overwrite: false });
    expect([chats(), olds().length, Boolean(kept)]).toEqual(["('old',)", ours ? 0 : 1, !ours]);
  });
});

test('a start of which nothing can be known is undone', () => {
  sqlite(at(`${data}/webui.db`), "insert into chat values('new')");
  const fails = '(_ for _ in ()).throw(http.client.InvalidURL("no port"))';
  expect(() => restore('put', {}, fails)).toThrow(
    expect.objectContaining({ code: 'undone', message: expect.stringContaining('no port') }),
  );
  expect([chats(), olds()]).toEqual(["('old',) ('new',)", []]);
});

const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0;

describe.runIf(canMount)('where the data is a disk of its own', () => {
  /** Its files are on it, and what is there at the end is seen from outside. */
  const ownDisk = (end: string) => [
    'unshare',
    ...['-rm', 'sh', '-c'],
    `cp -a "$0" "$0.seed" && mount -t tmpfs none "$0" && cp -a "$0.seed/." "$0/" && rm -r "$0.seed" || exit 1
end=$1; shift; "$@"; cp -a "$0" "$end"`,
    at(data),
    at(end),
  ];

  test.each([
    ['is put aside', 'source.endswith("data/uploads")'],
    ['is put in', 'source.startswith(BACK)'],
  ])('nothing is lost when a disk gets full while data %s', (_, fails) => {
    sqlite(at(`${data}/webui.db`), "insert into chat values('new')");
    write(`${data}/uploads/letter.txt`, 'Dear none');
    installed.around = ownDisk('srv-end');
    // half of it is there then, as cp leaves it
    installed.python = `
whole_copy = copy
def copy(source, target):
    if ${fails} and not failed:
        failed.append(1)
        if os.path.isdir(source):
            os.makedirs(target)
            target += "/letter.txt"
        with open(target, "w") as f:
            f.write("D")
        raise OSError(28, "No space left on device")
    whole_copy(source, target)
failed = []`;
    expect(() => restore('put')).toThrow(expect.objectContaining({ code: 'undone' }));
    expect([chats('srv-end/webui.db'), text('srv-end/uploads/letter.txt'), olds()]).toEqual([
      "('old',) ('new',)",
      'Dear none',
      [],
    ]);
  });

  test('it is exchanged, and what was there is kept beside it', () => {
    write(`${data}/uploads/letter.txt`, 'Dear none');
    installed.around = ownDisk('srv-end');
    restore('put');
    expect(text('srv-end/uploads/letter.txt')).toBe('Dear all');
    expect(text(`home/${olds()[0]}/uploads/letter.txt`)).toBe('Dear none');
  });

  test('one that is a disk inside of it is refused', () => {
    installed.around = [
      ...['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs none "$0" && exec "$@"'],
      at(`${data}/uploads`),
    ];
    expect(() => restore('put')).toThrow('unmount it first');
  });
});

describe.runIf(isRoot)('owners', () => {
  test('what is restored belongs to whom the database belongs to, and the folder to whom it did', () => {
    chownSync(at(`${data}/webui.db`), 4242, 4343);
    restore('put');
    const ids = [data, `${data}/webui.db`, `${data}/uploads/letter.txt`].map((one) => statSync(at(one)));
    expect(ids.map(({ uid, gid }) => [uid, gid])).toEqual([
      [0, 0],
      [4242, 4343],
      [4242, 4343],
    ]);
  });

  test('what comes back keeps its own', () => {
    chownSync(at(`${data}/uploads/letter.txt`), 4244, 4345);
    chmodSync(at(`${data}/uploads/letter.txt`), 0o640);
    expect(() => restore('put', {}, 'False')).toThrow();
    const { uid, gid, mode } = statSync(at(`${data}/uploads/letter.txt`));
    expect([uid, gid, mode & 0o777]).toEqual([4244, 4345, 0o640]);
  });

  test('models are given to the user of Ollama, who can enter; what was there stays as it was', () => {
    const models = 'srv/models';
    write(`${models}/blobs/sha256-00`, 'the weights');
    write(`${models}/manifests/r/l/tiny/latest`, 'the manifest');
    const User = 'daemon';
    const unit = (folder: string) => ({
      LoadState: 'loaded',
      User,
      Environment: `OLLAMA_MODELS=${at(folder)}`,
    });
    installed.ollama = unit(models);
    expect(backup({ models: true, keep: [] })).toMatchObject({ status: 0 });
    rmSync(at('srv'), { recursive: true });
    write('srv/a/b/notes.txt', 'of somebody');
    chownSync(at('srv/a/b/notes.txt'), 4246, 4246);
    for (const folder of ['srv/a/b', 'srv/new/models']) {
      installed.ollama = unit(folder);
      restore('fetch');
      restore('before');
    }
    const uid = Number(spawnSync('id', ['-u', User], { encoding: 'utf8' }).stdout);
    const of = (path: string) => [statSync(at(path)).uid, statSync(at(path)).mode & 0o777];
    expect(of('srv/a/b/notes.txt')[0]).toBe(4246);
    expect(of('srv/a/b')[0]).toBe(0);
    expect(of('srv/a/b/blobs/sha256-00')[0]).toBe(uid);
    for (const folder of ['srv/new', 'srv/new/models/manifests/r']) expect(of(folder)).toEqual([uid, 0o755]);
  });
});

describe('links', () => {
  test('uploads that are elsewhere are no part of a backup: it fails, and says which', () => {
    write('srv/disk/letter.txt', 'Dear all');
    rmSync(at(`${data}/uploads`), { recursive: true });
    symlinkSync(at('srv/disk'), at(`${data}/uploads`));
    expect(backup().last.refused).toEqual({
      kind: 'unsupported',
      message: `${at(data)}/uploads is a link to ${at('srv/disk')}, which would not be in the backup: have it in ${at(data)} itself`,
    });
  });

  test('a database that is found by a link is still found by it', () => {
    mkdirSync(at('srv'), { recursive: true });
    spawnSync('sh', ['-c', 'mv "$0"/webui.db* "$1"', at(data), at('srv')]);
    symlinkSync('../../srv/webui.db', at(`${data}/webui.db`));
    expect(backup({ keep: [] })).toMatchObject({ status: 0 });
    sqlite(at('srv/webui.db'), "insert into chat values('new')");
    restore('fetch');
    restore('put');
    expect(readlinkSync(at(`${data}/webui.db`))).toBe('../../srv/webui.db');
    expect(chats()).toBe("('old',)");
  });
});

describe('one at a time', () => {
  test('a backup waits for a restore, and a restore for a backup; in the end they say so', async () => {
    const lock = at('run/hxllm-backup.lock');
    const holder = spawn('flock', ['--no-fork', lock, 'sh', '-c', 'echo; exec sleep 60']);
    await once(holder.stdout, 'data');
    installed.python = 'LOCK_WAIT = 1';
    expect(backup().last.refused).toMatchObject({ kind: 'running' });
    expect(() => restore('put')).toThrow(expect.objectContaining({ code: 'locked' }));
    holder.kill();
    await once(holder, 'exit');
    restore('put');
  });

  test('who restores has its name on the lock of the host while it does', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hxllm-lock-'));
    const lock = join(folder, 'lock');
    writeFileSync(join(folder, 'python3'), `#!/bin/sh\ncp ${lock} ${folder}/seen; exit 3\n`, { mode: 0o755 });
    const whole = restoreScript('fetch', {}, { seconds: 1, by: "o'me@there", reason: 'restore' });
    const { status } = spawnSync('bash', ['-s'], {
      input: whole.replaceAll('/run/hxllm.lock', lock),
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
    });
    expect(status).toBe(3);
    expect(readFileSync(join(folder, 'seen'), 'utf8')).toMatch(/^o'me@there, restore, since \d{4}-.*Z\n$/);
    expect([readFileSync(lock, 'utf8'), existsSync(lock)]).toEqual(['', true]);
  });
});
