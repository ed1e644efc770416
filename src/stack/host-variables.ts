// Variables of every host that hxllm manages, whatever it is for: its filter, whom it trusts, what is kept of its logs, its backups.
import type { Host } from '../inventory/types.js';
import { BACKUP_VARIABLES, backupProblems } from './backup-variables.js';
import { type Problem, readVariables, type Variable } from './variable.js';

const RATE = /^([1-9]\d{0,8})\/([1-9]\d{0,3})(s|min|h)$/;
const SECONDS: Record<string, number> = { s: 1, min: 60, h: 3600 };

/** What writes logs, by the name that people use: its units. */
export const LOGGING: Record<string, readonly string[]> = {
  litellm: ['litellm.service', 'litellm-standby.service'],
  haproxy: ['haproxy.service'],
  ollama: ['ollama.service'],
  'open-webui': ['open-webui.service'],
};

/** `20000/30s`: lines in seconds; undefined = it is written otherwise. */
export function rateOf(text: unknown): { lines: number; seconds: number } | undefined {
  const [, lines, count, unit = ''] = RATE.exec(String(text)) ?? [];
  return lines ? { lines: Number(lines), seconds: Number(count) * (SECONDS[unit] as number) } : undefined;
}

const matching = (pattern: RegExp, hint: string) => (value: unknown) =>
  pattern.test(String(value)) ? undefined : { message: `is ${value}`, hint };

export const HOST_VARIABLES: readonly Variable[] = [
  {
    name: 'hxllm_ca_certificate',
    type: 'string',
    doc: 'PEM file on the control node, the certificate of an authority of your own: every host trusts it',
  },
  {
    name: 'hxllm_filter',
    type: 'boolean',
    default: true,
    doc: "an nftables table of hxllm's own closes the ports of the stack to everybody who need not come",
  },
  {
    name: 'hxllm_journal_max_use',
    type: 'string',
    defaultDoc: "the host's own",
    doc: 'most that the journal may take on disk, e.g. 2G; the oldest lines go first',
    refuse: matching(/^[1-9]\d*[MGT]$/, 'write a number and M, G or T: 2G'),
  },
  {
    name: 'hxllm_journal_max_age',
    type: 'string',
    defaultDoc: "the host's own",
    doc: 'age from which lines of the journal go, in whole days, e.g. 30d',
    refuse: matching(/^[1-9]\d*d$/, 'write a number of days and d: 30d'),
  },
  {
    name: 'hxllm_log_rates',
    type: 'map',
    defaultDoc: "the host's own",
    doc: `lines that a service may log, the rest of that time is dropped, e.g. { litellm: 20000/30s }; for ${Object.keys(LOGGING).join(', ')}`,
    refuse: (value) => {
      const wrong = Object.entries(value as object).find(([name, rate]) => !LOGGING[name] || !rateOf(rate));
      if (!wrong) return undefined;
      const [name, rate] = wrong;
      const names = Object.keys(LOGGING).join(', ');
      return LOGGING[name]
        ? { message: `${name} is ${rate}`, hint: 'write lines, / and a time in s, min or h: 20000/30s' }
        : { message: `names ${name}`, hint: `services: ${names}` };
    },
  },
  {
    name: 'hxllm_haproxy_log_max_size',
    type: 'string',
    defaultDoc: "the package's own",
    doc: '/var/log/haproxy.log, where rsyslog writes one, is rotated every hour from this size on, e.g. 200M',
    refuse: matching(/^[1-9]\d*[kMG]$/, 'write a number and k, M or G: 200M'),
  },
  {
    name: 'hxllm_haproxy_log_keep',
    type: 'positive integer',
    defaultDoc: "the package's own",
    doc: 'rotated files of it that are kept, one a day or more',
  },
  ...BACKUP_VARIABLES,
];

/** The table of a host's role, and what every host has. */
export function readHostVariables(
  host: Host,
  table: readonly Variable[],
): { values: Record<string, unknown>; problems: Problem[] } {
  const { values, problems } = readVariables(host, [...table, ...HOST_VARIABLES]);
  return { values, problems: [...problems, ...backupProblems(host, values)] };
}
