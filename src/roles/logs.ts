// What hosts keep of their logs: the journal, how much a service may log, and HAProxy's file where rsyslog writes one.
import type { Handler, Resource } from '../resources/kind.js';
import { quote } from '../shell.js';
import { LOGGING, rateOf } from '../stack/host-variables.js';
import { render, templateText } from '../templates.js';
import { daemonReload } from './handlers.js';

type Vars = Record<string, unknown>;

/** A variable that is not set leaves nothing of hxllm's behind. */
const gone = (is: boolean) => (is ? {} : ({ gone: true } as const));

export function journal({ hxllm_journal_max_use: use, hxllm_journal_max_age: age }: Vars): Resource {
  const content = use || age ? render('common/journald.conf.hbs', { use, age }) : '';
  return {
    kind: 'file',
    id: '/etc/systemd/journald.conf.d/hxllm.conf',
    spec: { content, mode: '0644', owner: 'root', group: 'root', folder: true },
    notify: [restartJournal],
    ...gone(content !== ''),
  };
}

/** `unit`: what an install that was there is called. */
export function rates(service: keyof typeof LOGGING & string, vars: Vars, unit?: string): Resource[] {
  const rate = rateOf((vars.hxllm_log_rates as Vars | undefined)?.[service]);
  const content = rate ? render('common/rate.conf.hbs', rate) : '';
  return (unit ? [unit] : (LOGGING[service] ?? [])).map((name) => ({
    kind: 'unit',
    id: `${name}.d/hxllm-log.conf`,
    spec: { content },
    notify: [daemonReload, takeRate(name)],
    ...gone(content !== ''),
  }));
}

export function haproxyLog({
  hxllm_haproxy_log_max_size: size,
  hxllm_haproxy_log_keep: keep,
}: Vars): Resource[] {
  const isSet = size !== undefined || keep !== undefined;
  const hourly = size === undefined ? '' : templateText('haproxy/logrotate.timer.conf');
  return [
    {
      kind: 'file',
      id: '/etc/logrotate.d/haproxy',
      spec: {
        content: isSet ? render('haproxy/logrotate.hbs', { size, keep: keep ?? PACKAGE_KEEPS }) : '',
        mode: '0644',
        owner: 'root',
        group: 'root',
        keep: true,
      },
      ...gone(isSet),
    },
    {
      kind: 'unit',
      id: 'logrotate.timer.d/hxllm.conf',
      spec: { content: hourly },
      notify: [daemonReload],
      ...gone(hourly !== ''),
    },
  ];
}

/** Of Debian's and Ubuntu's haproxy. */
const PACKAGE_KEEPS = 7;

/** Services keep their connections to it meanwhile: no line is lost (docs/traps.md, systemd). */
const JOURNAL = 'systemd-journald.service';
const again = `systemctl reset-failed ${JOURNAL}\nsystemctl restart ${JOURNAL}`;
const restartJournal: Handler = { id: `restart ${JOURNAL}`, order: 10, script: again, undo: again };

/** The running service, too: nothing is restarted for it (docs/traps.md, systemd). */
function takeRate(unit: string): Handler {
  const script = `unit=${quote(unit)}\n${templateText('common/take-rate.sh')}`;
  return { id: `take the log rate of ${unit}`, order: 10, script, undo: script };
}
