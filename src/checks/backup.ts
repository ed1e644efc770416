// Host check `backup`: the last backup went well and the next one will come. Nothing is said of a host that has none.
import { BACKUP_TIMER, BACKUP_UNIT } from '../backup.js';
import type { HostCheck } from './check.js';

const DAY_S = 86_400;

export const backup: HostCheck = {
  id: 'backup',
  title: 'The host is backed up',
  role: 'machine',
  doctor: true,
  hint: 'hxllm backup --limit HOST; then: hxllm logs --limit HOST --unit hxllm-backup',
  script: ({ vars }) =>
    vars.hxllm_backup_repository
      ? `echo "timer $(systemctl is-active ${BACKUP_TIMER} 2>/dev/null) now $(date +%s) result $(systemctl show -P Result ${BACKUP_UNIT} 2>/dev/null)"; cat /var/lib/hxllm/backup/last.json 2>/dev/null; true`
      : 'true',
  judge(output, { vars }) {
    if (!vars.hxllm_backup_repository) return [];
    const [, timer, now, result] = /^timer (\S*) now (\d+) result (\S*)$/m.exec(output) ?? [];
    if (timer !== 'active')
      return {
        status: 'fail',
        message: `${BACKUP_TIMER} does not run`,
        hint: 'hxllm deploy --limit HOST',
        fix: { title: 'start the timer of backups', script: `systemctl start ${BACKUP_TIMER}` },
      };
    const json = /^\{.*\}$/m.exec(output)?.[0];
    if (!json) return { status: 'warn', message: 'there is no backup yet' };
    const { refused, snapshot, ended } = JSON.parse(json) as {
      refused?: { message: string };
      snapshot?: string;
      ended: number;
    };
    const days = Math.floor((Number(now) - ended) / DAY_S);
    const ago = days > 0 ? `${days} day${days > 1 ? 's' : ''} ago` : 'less than a day ago';
    // killed, or out of time or memory: then nobody was left to write why
    if (!refused && result !== 'success')
      return {
        status: 'fail',
        message: `the last backup was ended: ${result}; ${snapshot}, made ${ago}, is there`,
      };
    return refused
      ? { status: 'fail', message: `the last backup failed ${ago}: ${refused.message}` }
      : { status: 'pass', message: `${snapshot}, made ${ago}`, data: { snapshot, ended } };
  },
};
