// journald's journal as a script for its host and a reader of what that prints: an entry per line, as JSON. Pure.
import { command } from '../shell.js';

export interface JournalQuery {
  /** As `journalctl -u` takes them: `litellm`, `ollama.service`, `hx*`. */
  units: readonly string[];
  /** `@SECONDS since 1970` or `-SECONDS` before now, by the host's own clock. */
  since?: string;
  until?: string;
  /** At most so many, the last ones; all of them when undefined. */
  lines?: number;
  /** The next line of stdin is a pattern (PCRE) for the messages: it is in no script. */
  grep?: boolean;
  /** Only what came after the entry with this cursor. */
  after?: string;
  /** Goes on with what comes. */
  follow?: boolean;
}

export interface Entry {
  /** Microseconds since 1970, by the host's clock. */
  time: number;
  cursor: string;
  /** `litellm.service`; undefined for what belongs to none. */
  unit?: string;
  /** `litellm`, `systemd`, `haproxy`. */
  identifier?: string;
  pid?: number;
  /** 0 (emergency) to 7 (debug). */
  priority?: number;
  message: string;
  /** Systemd's id of one start of the unit; only when INVOCATION_FIELDS were asked for. */
  invocation?: string;
}

/** journalctl prints its cursor and time always. `UNIT` is set by systemd when it tells of a unit. */
const FIELDS = ['MESSAGE', 'PRIORITY', 'SYSLOG_IDENTIFIER', '_COMM', '_PID', '_SYSTEMD_UNIT', 'UNIT'];

/** The start that an entry belongs to: systemd's own field when it tells of a unit, and journald's of who speaks. */
export const INVOCATION_FIELDS = ['INVOCATION_ID', '_SYSTEMD_INVOCATION_ID'];

/** Seconds without a word on stdin after which the host ends it: the controller is gone. */
export const SILENCE = 10;

/**
 * For `bash`: prints entries in the order of time. It ends with journalctl, when its stdin ends, and when nothing came on
 * it for SILENCE seconds; nothing of it is left then. sshd alone would leave a silent one running (docs/traps.md, systemd).
 */
export function journalScript({ units, since, until, lines, grep, after, follow }: JournalQuery): string {
  const words = [
    ...[
      'journalctl',
      '--output=json',
      `--output-fields=${FIELDS.join(',')}`,
      '--all',
      '--quiet',
      '--no-pager',
    ],
    ...units.map((unit) => `--unit=${unit}`),
    ...(since === undefined ? [] : [`--since=${since}`]),
    ...(until === undefined ? [] : [`--until=${until}`]),
    ...(after === undefined ? [] : [`--after-cursor=${after}`]),
    `--lines=${lines ?? 'all'}`,
    ...(follow ? ['--follow'] : []),
  ];
  // with a pattern and a number journalctl gives the last entry first
  const turn = grep && !follow && lines !== undefined ? ' | tac' : '';
  const run = `${command(...words)}${grep ? ' --grep="$pattern"' : ''}${turn}`;
  return `main() {
export LC_ALL=C
${grep ? 'IFS= read -r pattern\n' : ''}set -m -o pipefail
{ ${run}; } < /dev/null & job=$!
{ while IFS= read -r -t ${SILENCE} _; do :; done; kill -- -$job 2>/dev/null; } <&0 & watch=$!
exec 2>/dev/null # bash tells of jobs that were ended
wait $job; code=$?
kill -- -$watch 2>/dev/null
exit $code
}
{ main; exit; }
`;
}

type Raw = Record<string, string | number[] | (string | number[])[] | null | undefined>;

/** undefined for a line that is no entry. A message that is not UTF-8 comes as bytes, a field that stands twice as a list. */
export function readEntry(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined;
  const raw = JSON.parse(line) as Raw;
  const text = (name: string) => textOf(raw[name]);
  const number = (name: string) => (raw[name] === undefined ? undefined : Number(text(name)));
  const [unit, identifier] = [
    text('UNIT') ?? text('_SYSTEMD_UNIT'),
    text('SYSLOG_IDENTIFIER') ?? text('_COMM'),
  ];
  const [pid, priority] = [number('_PID'), number('PRIORITY')];
  const invocation = INVOCATION_FIELDS.map(text).find((id) => id !== undefined);
  return {
    time: Number(text('__REALTIME_TIMESTAMP')),
    cursor: text('__CURSOR') ?? '',
    ...(unit === undefined ? {} : { unit }),
    ...(identifier === undefined ? {} : { identifier }),
    ...(pid === undefined ? {} : { pid }),
    ...(priority === undefined ? {} : { priority }),
    ...(invocation === undefined ? {} : { invocation }),
    message: text('MESSAGE') ?? '',
  };
}

function textOf(value: Raw[string]): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value[0] === 'number') return Buffer.from(value as number[]).toString();
  return (value as (string | number[])[]).map(textOf).join('\n');
}
