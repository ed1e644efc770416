// Where a backup is put: the web UI's data and database, Ollama's models, each where this host has it and if it fits there.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { backupHost, PEOPLE, sqlite } from '../support/backup-host.js';

// restic takes half a second for each call, and more on a busy machine
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });
const { root, at, text, write, installed, backup, restore, script } = backupHost();
const UNPACKED = 'var/lib/hxllm/restore';
const data = 'home/x/data';
const database = 'srv/db/ours.db';
const chats = (path: string) => sqlite(at(path), 'select title from chat');
/** Nothing of what the host had is another. */
const found = () =>
  [data, 'srv', 'usr', 'var/lib/ollama', UNPACKED]
    .filter((path) => existsSync(at(path)))
    .map((path) => [
      path,
      readdirSync(at(path), { recursive: true })
        .map(String)
        .filter((name) => !/-(wal|shm)$/.test(name))
        .sort(),
    ]);

beforeAll(() => {
  Object.assign(installed, { data, database });
  write(`${data}/uploads/1_letter.txt`, 'Dear all');
  // of before its database was moved
  sqlite(at(`${data}/webui.db`), PEOPLE.replace("'old'", "'stale'"));
  const upload = at(`${data}/uploads/1_letter.txt`);
  sqlite(
    at(database),
    `${PEOPLE};create table file(id,path);insert into file values(1,'${upload}'),(2,'s3://b/uploads/2'),(3,null)`,
  );
  write('srv/db/not-ours.txt', 'of somebody else');
  expect(backup()).toMatchObject({ status: 0, stderr: '' });
});

describe('a database that lies elsewhere than its data', () => {
  beforeAll(() => {
    sqlite(at(database), "insert into chat values('new')");
    write(`${data}/uploads/1_letter.txt`, 'Dear none');
  });

  test('comes back with it when the restored does not start', () => {
    restore('fetch');
    expect(() => restore('put', {}, 'False')).toThrow(expect.objectContaining({ code: 'undone' }));
    expect([chats(database), text(`${data}/uploads/1_letter.txt`)]).toEqual([
      "('old',) ('new',)",
      'Dear none',
    ]);
    expect(readdirSync(at('srv/db')).filter((name) => name.includes('before'))).toEqual([]);
  });

  test('is restored to there, and its data to where that is; what else lies beside it stays', () => {
    restore('fetch');
    const { kept } = restore<{ kept: string }>('put');
    expect([chats(database), text(`${data}/uploads/1_letter.txt`)]).toEqual(["('old',)", 'Dear all']);
    expect([chats(`${data}/webui.db`), text('srv/db/not-ours.txt')]).toEqual([
      "('stale',)",
      'of somebody else',
    ]);
    const [oldData = '', oldDatabase = ''] = kept.split(' and ');
    expect([
      text(oldData.slice(root.length + 1) + '/uploads/1_letter.txt'),
      sqlite(oldDatabase, 'select title from chat'),
    ]).toEqual(['Dear none', "('old',) ('new',)"]);
  });

  test('is restored to an install that has both in one folder, and its uploads are found there', () => {
    Object.assign(installed, {
      data: 'var/lib/open-webui',
      database: 'var/lib/open-webui/webui.db',
      ours: true,
    });
    sqlite(at('var/lib/open-webui/webui.db'), PEOPLE.replace("insert into chat values('old')", 'select 1'));
    restore('fetch');
    expect(restore('put', { overwrite: false })).toEqual({});
    const now = 'var/lib/open-webui';
    expect([chats(`${now}/webui.db`), text(`${now}/uploads/1_letter.txt`)]).toEqual(["('old',)", 'Dear all']);
    expect(sqlite(at(`${now}/webui.db`), 'select path from file order by id')).toBe(
      `('${at(now)}/uploads/1_letter.txt',) ('s3://b/uploads/2',) (None,)`,
    );
    expect(existsSync(at(`${now}/ours.db`))).toBe(false);
    Object.assign(installed, { data, database, ours: false });
  });
});

describe('models', () => {
  const theirs = 'usr/share/ollama/.ollama/models';
  const MANIFEST = 'manifests/registry.ollama.ai/library/tiny/latest';
  const unit = (models: string) => ({
    LoadState: 'loaded',
    User: userInfo().username,
    Environment: `PATH=/usr/bin OLLAMA_MODELS=${at(models)}`,
  });

  beforeAll(() => {
    write(`${theirs}/${MANIFEST}`, 'the manifest');
    write(`${theirs}/blobs/sha256-00`, 'the weights');
    write(`${theirs}/blobs/sha256-11-partial`, 'a part');
    write('var/lib/ollama/models/blobs/sha256-22', 'of nobody');
    installed.ollama = unit(theirs);
    expect(backup({ models: true })).toMatchObject({ status: 0, stderr: '' });
  });

  test.each([
    ['an Ollama that was taken over', () => unit(theirs), {}, theirs],
    ['one whose models lie elsewhere', () => unit('srv/models'), {}, 'srv/models'],
    ['none yet', () => ({ LoadState: 'not-found' }), {}, 'var/lib/ollama/models'],
    ['none yet, but the inventory says where', () => ({}), { models_folder: at('srv/named') }, 'srv/named'],
  ])('go to where the host looks for them: %s', (_, ollama, more, folder) => {
    installed.ollama = ollama();
    for (const one of ['usr', 'srv/models', 'var/lib/ollama'])
      rmSync(at(one), { recursive: true, force: true });
    // as one that runs without any has it
    mkdirSync(at(`${theirs}/manifests`), { recursive: true });
    expect(restore('fetch', more)).toMatchObject({ models: true });
    restore('before', more);
    expect([text(`${folder}/${MANIFEST}`), text(`${folder}/blobs/sha256-00`)]).toEqual([
      'the manifest',
      'the weights',
    ]);
    expect(readdirSync(at(`${folder}/blobs`))).toEqual(['sha256-00']);
    restore('drop');
  });

  test('that are there stay as they are', () => {
    installed.ollama = unit(theirs);
    write(`${theirs}/${MANIFEST}`, 'a newer one');
    restore('fetch');
    restore('before');
    expect(text(`${theirs}/${MANIFEST}`)).toBe('a newer one');
    restore('drop');
  });
});

/** Runs what comes behind it where a folder is a disk of its own. */
const disk = (folder: string, size: string) => [
  'unshare',
  ...['-rm', 'sh', '-c', 'mount -t tmpfs -o size="$1" none "$0" && shift && exec "$@"', at(folder), size],
];
const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0;

describe('before anything is touched', () => {
  test.each([
    [
      'in a container',
      'Webui.__init__ = lambda self, unit: self.__dict__.update(unit=None, why="docker")',
      /container/,
    ],
    [
      'whose data nobody knows',
      'Webui.data = property(lambda _: "", lambda *_: None)',
      /DATA_DIR in its environment/,
    ],
    [
      'whose program would go, too',
      'Webui.venv = property(lambda self: self.data + "/venv", lambda *_: None)',
      /move one of them/,
    ],
  ])('a web UI %s is refused', (_, python, message) => {
    const before = found();
    installed.python = python;
    expect(() => restore('fetch')).toThrow(message);
    installed.python = '';
    expect(found()).toEqual(before);
  });

  describe.runIf(canMount)('each disk must have room:', () => {
    beforeAll(() => {
      installed.ollama = { LoadState: 'loaded', Environment: `OLLAMA_MODELS=${at('srv/models')}` };
      write(`${data}/uploads/big`, Buffer.alloc(3_000_000, 7));
      write('srv/models/blobs/big', Buffer.alloc(3_000_000, 7));
      sqlite(at(database), 'insert into chat values(randomblob(3000000))');
      expect(backup({ models: true })).toMatchObject({ status: 0, stderr: '' });
    });
    test.each([data, 'srv/db', 'srv/models'])('of %s', (folder) => {
      installed.around = disk(folder, '1m');
      expect(() => restore('fetch')).toThrow(
        new RegExp(`${at(folder)}.* has [01] MB free, [1-9] MB are needed`),
      );
      expect(existsSync(at(UNPACKED))).toBe(false);
      installed.around = disk(folder, '64m');
      expect(restore('fetch')).toMatchObject({ models: true });
      installed.around = [];
    });
  });
});

test('an older snapshot, of when the database always lay with its data, is restored', () => {
  const stage = 'var/lib/hxllm/backup/stage';
  sqlite(at(`${stage}/data/webui.db`), `${PEOPLE};pragma journal_mode=delete`);
  const sha = createHash('sha256')
    .update(readFileSync(at(`${stage}/data/webui.db`)))
    .digest('hex');
  const webui = {
    data: '/var/lib/gone',
    version: '0.12.4',
    database: 'webui.db',
    databases: { 'webui.db': sha },
  };
  write(`${stage}/manifest.json`, JSON.stringify({ schema: 1, host: 'ui', made: 1, paths: [], webui }));
  const words = [
    'backup',
    '--quiet',
    '--repo',
    at('repository'),
    '--tag',
    'hxllm',
    '--host',
    'ui',
    at(stage),
  ];
  const { status } = spawnSync('restic', words, {
    env: { ...process.env, RESTIC_PASSWORD: 'the right one' },
  });
  expect(status).toBe(0);
  rmSync(at(stage), { recursive: true });
  expect(restore('fetch')).toMatchObject({ models: false, webui: { users: 1, chats: 1 } });
  restore('put');
  expect(chats(database)).toBe("('old',)");
});

test('nothing is fetched for nobody: it ends, and leaves nothing, when the connection is lost', async () => {
  const slow = at('bin/restic');
  write(
    'bin/restic',
    '#!/bin/sh\ncase " $* " in *" restore "*) touch "$0.began"; exec sleep 600 ;; *) exec /usr/bin/restic "$@" ;; esac\n',
  );
  chmodSync(slow, 0o755);
  const child = spawn('sh', ['-s'], { env: { ...process.env, PATH: `${at('bin')}:${process.env.PATH}` } });
  child.stdin.end(script('fetch'));
  await expect.poll(() => existsSync(`${slow}.began`), { timeout: 20_000 }).toBe(true);
  expect(existsSync(at(UNPACKED))).toBe(true);
  child.stdout.destroy();
  await once(child, 'exit');
  expect(existsSync(at(UNPACKED))).toBe(false);
});
