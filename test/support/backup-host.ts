// A folder that stands for a host: backups are made of it and put back into it by a real restic.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { backupProgram, type RestoreCall, restoreScript, resultOf } from '../../src/backup.js';

interface Installed {
  /** Of its web UI, below the folder. */
  data?: string;
  database?: string;
  /** hxllm has installed it. */
  ours?: boolean;
  /** Properties of its Ollama's unit. */
  ollama?: Record<string, string>;
  /** Python in the place of the programs' own. */
  python?: string;
  /** What runs the restoring shell: its words come behind. */
  around?: string[];
}

export function backupHost(root = mkdtempSync(join(tmpdir(), 'hxllm-backup-'))) {
  const at = (path: string) => join(root, path);
  const text = (path: string) => readFileSync(at(path), 'utf8');
  const write = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content);
  };
  for (const folder of ['etc/hxllm/backup', 'run', 'var/lib/hxllm/backup'])
    mkdirSync(at(folder), { recursive: true });
  const installed: Installed = {};

  const settings = (more: object) => ({
    host: 'ui',
    repository: at('repository'),
    password: 'the right one',
    environment: {},
    keep: ['--keep-last', '2'],
    models: false,
    unit: 'open-webui.service',
    snapshot: 'latest',
    mark: 'of this run',
    overwrite: true,
    keep_old: false,
    id: '20260101T000000-abcd',
    record: { by: 'me', reason: 'restore', changes: [], result: 'done' },
    ...more,
  });

  /** All paths lie below the folder, and the web UI is one that systemd need not be asked for. */
  const here = (program: string, starts: string) => {
    const {
      data = 'var/lib/open-webui',
      database = `${data}/webui.db`,
      ours = false,
      ollama = {},
      python = '',
    } = installed;
    const fields = {
      unit: 'open-webui.service',
      path: at(database),
      data: at(data),
      secret: 'the-secret',
      why: '',
      venv: '',
      ours,
    };
    const stand = `
class Webui:
    def __init__(self, unit):
        self.postgres = False
        self.__dict__.update(json.loads(${JSON.stringify(JSON.stringify(fields))}))
    def version(self):
        return "0.12.4"
show = lambda unit: json.loads(${JSON.stringify(JSON.stringify(ollama))}) if unit == "ollama.service" else {}
systemctl = lambda *words: 0
ready = lambda webui: ${starts}
${python}
`;
    return program
      .replaceAll(/(?<=["'])\/(var\/lib|etc|run)(?=[/"'])/g, `${root}/$1`)
      .replace(/\n(?=make\(|finished\()/, () => stand);
  };

  return {
    root,
    at,
    text,
    write,
    installed,
    backup(more: object = {}) {
      write('etc/hxllm/backup/settings.json', JSON.stringify(settings(more)));
      const input = here(backupProgram(), 'True');
      const { status, stderr } = spawnSync('python3', ['-'], { input, encoding: 'utf8' });
      const last = JSON.parse(text('var/lib/hxllm/backup/last.json')) as Record<string, unknown>;
      return { status, stderr, last };
    },
    script: (call: RestoreCall, more: object = {}, starts = 'True') =>
      here(restoreScript(call, settings(more)), starts),
    restore<T>(call: RestoreCall, more: object = {}, starts = 'True'): T {
      const [command = 'sh', ...words] = [...(installed.around ?? []), 'sh', '-s'];
      const input = here(restoreScript(call, settings(more)), starts);
      return resultOf<T>('ui', spawnSync(command, words, { input, encoding: 'utf8' }).stdout);
    },
  };
}

/** What a database answers, one line for each statement. */
export function sqlite(path: string, sql: string): string {
  mkdirSync(dirname(path), { recursive: true });
  const input = `import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as con:
    con.execute("pragma journal_mode=wal")
    for one in sys.argv[2].split(";"):
        print(*con.execute(one).fetchall())`;
  const { stdout, stderr }: SpawnSyncReturns<string> = spawnSync('python3', ['-', path, sql], {
    input,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout.trim();
}

/** Tables of an Open WebUI with one user and one chat. */
export const PEOPLE =
  "create table user(name);create table chat(title);insert into user values('ann');insert into chat values('old')";
