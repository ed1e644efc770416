// Backups on a host: Python that the host's own interpreter runs, and what it prints. Pure.
import { HxError } from './errors.js';
import { quote, whole } from './shell.js';
import { templateText } from './templates.js';

/** What a host must know of its repository. Plain: it goes to root's own file, or to a program on stdin. */
export interface BackupSettings {
  /** The inventory's name: snapshots are found by it. */
  host: string;
  repository: string;
  password: string;
  environment: Record<string, string>;
  /** Words of `restic forget`. */
  keep: string[];
  models: boolean;
  /** Where Ollama keeps them, when the inventory says it. */
  models_folder?: string;
  /** Where Open WebUI is looked for first. */
  unit: string;
  /** The command that restic gets for sftp; FOLDER is where the key lies. */
  sftp?: string;
  ssh_key?: string;
  known_hosts?: string;
}

export const BACKUP_FOLDER = '/etc/hxllm/backup';
export const BACKUP_UNIT = 'hxllm-backup.service';
export const BACKUP_TIMER = 'hxllm-backup.timer';
/** What a host needs before it can read its repository. */
export const BACKUP_PACKAGES = ['python3', 'restic'];

const BASE = ['open-webui/find', 'open-webui/environment', 'backup/repository', 'backup/host'];

const source = (...names: string[]) =>
  [...BASE, ...names].map((name) => templateText(`${name}.py`)).join('\n\n');

/** The program that the timer runs. */
export function backupProgram(): string {
  const body = source('backup/make');
  return `# Written by hxllm; a change made here is undone by the next deploy.\n${body}\n\nmake(json.loads(read("${BACKUP_FOLDER}/settings.json")))\n`;
}

export type RestoreCall = 'snapshots' | 'fetch' | 'drop' | 'before' | 'put';

/** What changes the host has the lock that a deploy has; it ends once begun, also when nobody listens any more. */
const locking = ({ seconds, by, reason }: HostLock) => `exec 8>>/run/hxllm.lock
flock -w ${seconds} 8 || { echo '@@ refused {"kind":"busy","message":"another run works on it"}'; exit 1; }
trap ': > /run/hxllm.lock' EXIT
echo ${quote(`${by}, ${reason}, since `)}"$(date -u +%FT%TZ)" > /run/hxllm.lock
`;

export interface HostLock {
  /** To wait for somebody else's. */
  seconds: number;
  /** Who holds it then: user@host. */
  by: string;
  reason: string;
}

/** sh: one call; nothing of it is in any process's arguments. `lock`: it has the host's lock, or waits for it. */
export function restoreScript(call: RestoreCall, payload: object, lock?: HostLock): string {
  // JSON is a Python literal when it is written as a JSON string
  const literal = JSON.stringify(JSON.stringify(payload));
  return whole(
    `${lock ? locking(lock) : ''}python3 - 2>&1 <<'HXLLM'\n${source('backup/restore', 'backup/put')}\n\nfinished(${call}, json.loads(${literal}))\nHXLLM`,
  );
}

/** One line of what a call prints. */
export function toldOf(line: string): { kind: string; value: unknown } | undefined {
  const [, kind, json] = /^@@ (\w+) (.*)$/.exec(line) ?? [];
  return kind && json ? { kind, value: JSON.parse(json) } : undefined;
}

export interface Refused {
  kind: string;
  message: string;
}

const HINTS: Record<string, string> = {
  password: 'set hxllm_backup_password to the one that the repository was made with',
  absent: 'set hxllm_backup_repository to where it is, or make the first backup: hxllm backup',
  unreachable:
    'hxllm_backup_repository, hxllm_backup_ssh_key, hxllm_backup_known_hosts, a firewall in between',
  busy: 'wait for it: --lock-wait 600',
  running: 'try again when that has ended',
  locked: 'try again later; a lock that is left over goes by itself after half an hour',
  foreign: 'hxllm backup list',
  damaged: 'choose another snapshot: hxllm backup list',
  room: 'make room there, or restore from an older snapshot',
};

/** What was refused on a host, as an error. */
export function refusalOf(where: string, { kind, message }: Refused): HxError {
  const code =
    kind === 'undone' ? 'undone' : kind === 'busy' || kind === 'running' ? 'locked' : 'host-failed';
  return new HxError({
    code,
    where,
    message,
    hint: HINTS[kind],
  });
}

/** What a call gave. Throws what it was refused for, or what else became of it. */
export function resultOf<T>(where: string, output: string): T {
  const told = output.split('\n').flatMap((line) => toldOf(line) ?? []);
  const last = told.at(-1);
  if (last?.kind === 'result') return last.value as T;
  if (last?.kind === 'refused') throw refusalOf(where, last.value as Refused);
  const message = `it did not come to its end: ${output.trim().split('\n').slice(-3).join('\n')}`;
  throw new HxError({ code: 'host-failed', where, message });
}
