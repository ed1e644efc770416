// Variables of backups, and what they come to on a host.
import type { BackupSettings } from '../backup.js';
import type { Host } from '../inventory/types.js';
import { showOrigin } from '../inventory/types.js';
import { Secret } from '../secret.js';
import { quote } from '../shell.js';
import { WEBUI_UNIT } from './places.js';
import type { Member } from './stack.js';
import type { Problem, Variable } from './variable.js';

const KEEPS = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'];
const KEEP: Record<string, unknown> = { daily: 7, weekly: 4, monthly: 6 };

export const BACKUP_VARIABLES: readonly Variable[] = [
  {
    name: 'hxllm_backup_repository',
    type: 'secret',
    defaultDoc: 'no backups',
    doc: 'where restic keeps the backups: a path, sftp:, rest:, s3:, …; one for each host with {{ inventory_hostname }} in it',
  },
  {
    name: 'hxllm_backup_password',
    type: 'secret',
    defaultDoc: 'required with a repository',
    doc: 'encrypts the repository: whoever loses it has no backups',
  },
  {
    name: 'hxllm_backup_environment',
    type: 'map',
    doc: 'what restic is given besides, e.g. { AWS_ACCESS_KEY_ID: …, AWS_SECRET_ACCESS_KEY: … }',
  },
  {
    name: 'hxllm_backup_ssh_key',
    type: 'secret',
    defaultDoc: "root's own keys",
    doc: 'private key for a repository at sftp:',
  },
  {
    name: 'hxllm_backup_known_hosts',
    type: 'string',
    defaultDoc: "root's own known_hosts",
    doc: 'lines of known_hosts for it, as ssh-keyscan prints them',
  },
  {
    name: 'hxllm_backup_schedule',
    type: 'string',
    default: '*-*-* 02:00',
    doc: 'when, as OnCalendar of systemd; within an hour from then on',
  },
  {
    name: 'hxllm_backup_keep',
    type: 'map',
    defaultDoc: '{ daily: 7, weekly: 4, monthly: 6 }',
    doc: `snapshots of a host that stay; {} keeps all; for ${KEEPS.join(', ')}`,
    refuse: (value) => {
      const wrong = Object.entries(value as object).find(
        ([name, count]) => !KEEPS.includes(name) || !/^[1-9]\d{0,4}$/.test(String(count)),
      );
      if (!wrong) return undefined;
      return { message: `says ${wrong.join(': ')}`, hint: 'write for example { daily: 7, weekly: 4 }' };
    },
  },
  {
    name: 'hxllm_backup_models',
    type: 'boolean',
    default: false,
    doc: 'models are in the backups, too; else they are pulled again',
  },
];

/** What belongs together and is not. */
export function backupProblems(host: Host, values: Record<string, unknown>): Problem[] {
  if (!values.hxllm_backup_repository || values.hxllm_backup_password) return [];
  return [
    {
      host: host.name,
      variable: 'hxllm_backup_password',
      message: 'is required with hxllm_backup_repository',
      where: showOrigin(host.origin('hxllm_backup_repository')),
      hint: 'hxllm vault encrypt-string --name hxllm_backup_password',
    },
  ];
}

const text = (value: unknown) => (value instanceof Secret ? value.reveal() : String(value));

/** undefined = the host has no backups. */
export function backupOf({ name, host, vars }: Member): BackupSettings | undefined {
  if (!vars.hxllm_backup_repository) return undefined;
  const repository = text(vars.hxllm_backup_repository);
  const key = vars.hxllm_backup_ssh_key as Secret | undefined;
  const known = vars.hxllm_backup_known_hosts as string | undefined;
  const sftp = sftpCommand(repository, { key: key !== undefined, known: known !== undefined });
  const keep = (vars.hxllm_backup_keep as Record<string, unknown> | undefined) ?? KEEP;
  const folder = (host.get('ollama_environment') as Record<string, unknown> | undefined)?.OLLAMA_MODELS;
  const environment = Object.entries((vars.hxllm_backup_environment as object | undefined) ?? {});
  return {
    host: name,
    repository,
    password: text(vars.hxllm_backup_password),
    environment: Object.fromEntries(environment.map(([variable, value]) => [variable, text(value)])),
    keep: Object.entries(keep).flatMap(([unit, count]) => [`--keep-${unit}`, String(count)]),
    models: vars.hxllm_backup_models === true,
    ...(folder ? { models_folder: text(folder) } : {}),
    unit: String(host.get('webui_unit') ?? WEBUI_UNIT),
    ...(sftp ? { sftp } : {}),
    ...(key ? { ssh_key: `${key.reveal().trimEnd()}\n` } : {}),
    ...(known ? { known_hosts: `${known.trimEnd()}\n` } : {}),
  };
}

/** restic takes no options for its ssh, but a whole command. undefined = it makes its own. */
export function sftpCommand(
  repository: string,
  { key, known }: { key: boolean; known: boolean },
): string | undefined {
  const url = /^sftp:\/\/(?:([^@/]+)@)?(\[[^\]]+\]|[^:/]+)(?::(\d+))?\//.exec(repository);
  const short = /^sftp:(?:([^@/]+)@)?(\[[^\]]+\]|[^:/]+):/.exec(repository);
  const [, user, host, port] = url ?? short ?? [];
  if (!host || !(key || known)) return undefined;
  const options = [
    ...(key ? ['-i', 'FOLDER/ssh_key', '-o', 'IdentitiesOnly=yes'] : []),
    ...(known ? ['-o', 'UserKnownHostsFile=FOLDER/known_hosts', '-o', 'StrictHostKeyChecking=yes'] : []),
    ...['-o', 'BatchMode=yes', '-o', 'ConnectTimeout=20', '-o', 'ServerAliveInterval=20'],
    ...(port ? ['-p', port] : []),
  ];
  const at = host.replace(/^\[(.*)\]$/, '$1');
  return ['ssh', ...options, user ? `${user}@${at}` : at, '-s', 'sftp'].map(quote).join(' ');
}
