// What every host has that is backed up: restic, what it must know, and the timer. Nothing of it without a repository.
import { BACKUP_FOLDER, BACKUP_PACKAGES, BACKUP_TIMER, BACKUP_UNIT, backupProgram } from '../backup.js';
import type { Handler, Resource } from '../resources/kind.js';
import { backupOf } from '../stack/backup-variables.js';
import type { Member } from '../stack/stack.js';
import { render, templateText } from '../templates.js';
import { daemonReload } from './handlers.js';

const ROOT = { owner: 'root', group: 'root' };
const SYSTEMD = '/etc/systemd/system';
const WANTED = `${SYSTEMD}/timers.target.wants/${BACKUP_TIMER}`;

const startTimer: Handler = {
  id: `restart ${BACKUP_TIMER}`,
  order: 20,
  script: `systemctl restart ${BACKUP_TIMER}`,
  undo: `systemctl try-restart ${BACKUP_TIMER} 2>/dev/null || systemctl stop ${BACKUP_TIMER} 2>/dev/null || true`,
};

export function backups(member: Member): Resource[] {
  const settings = backupOf(member);
  const service = templateText(`backup/${BACKUP_UNIT}`);
  const timer = render(`backup/${BACKUP_TIMER}.hbs`, { schedule: member.vars.hxllm_backup_schedule ?? '' });
  const gone = settings ? {} : ({ gone: true } as const);
  const file = (name: string, content: string, secret: boolean): Resource => ({
    kind: 'file',
    id: `${BACKUP_FOLDER}/${name}`,
    spec: { content, mode: '0600', ...ROOT, secret },
  });
  return [
    { kind: 'directory', id: BACKUP_FOLDER, spec: { mode: '0700', ...ROOT, owns: true }, ...gone },
    { kind: 'unit', id: BACKUP_UNIT, spec: { content: service }, notify: [daemonReload], ...gone },
    {
      kind: 'unit',
      id: BACKUP_TIMER,
      spec: { content: timer },
      notify: settings ? [daemonReload, startTimer] : [daemonReload],
      ...gone,
    },
    ...(settings
      ? [
          { kind: 'packages', id: 'packages', spec: { names: BACKUP_PACKAGES } },
          file('settings.json', `${JSON.stringify(settings, null, 2)}\n`, true),
          file('backup.py', backupProgram(), false),
        ]
      : []),
    {
      kind: 'link',
      id: WANTED,
      spec: { to: `${SYSTEMD}/${BACKUP_TIMER}` },
      notify: settings ? [daemonReload, startTimer] : [daemonReload],
      ...gone,
    },
  ];
}
