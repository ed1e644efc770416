// Entries of journals as lines: when, where, who, what; or as JSON, one object per line.
import { isIP } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { color, hostColors } from './color.js';

export interface LoggedEntry {
  /** Microseconds since 1970. */
  time: number;
  unit?: string;
  identifier?: string;
  pid?: number;
  /** 0 (emergency) to 7 (debug). */
  priority?: number;
  message: string;
}

/** How entries of these hosts are shown: each by its short name, unless two share it. */
export function logLines(hosts: readonly string[]): (host: string, entry: LoggedEntry) => string {
  const short = (name: string) => (isIP(name) ? name : name.split('.')[0]!);
  const names = hosts.map(short);
  const shown = new Set(names).size === hosts.length ? names : [...hosts];
  const width = Math.max(...shown.map((name) => name.length));
  const labels = new Map(
    hosts.map((host, at) => [host, hostColors[at % hostColors.length]!(shown[at]!.padEnd(width))]),
  );
  return (host, entry) => {
    const { identifier = '-', pid } = entry;
    const who = clean(pid === undefined ? identifier : `${identifier}[${pid}]`);
    const [first = '', ...more] = clean(entry.message).trimEnd().split('\n');
    const text = [first, ...more.map((line) => `  ${line}`)].join('\n');
    return `${color.dim(localTime(entry.time))} ${labels.get(host)} ${who}: ${weighed(text, entry.priority)}`;
  };
}

/** `time` is ISO 8601 in UTC with microseconds. */
export function logJson(
  host: string,
  { time, unit, identifier, pid, priority, message }: LoggedEntry,
): string {
  const micros = String(time % 1_000_000).padStart(6, '0');
  const iso = `${new Date(time / 1000).toISOString().slice(0, 19)}.${micros}Z`;
  return JSON.stringify({ schema: 1, time: iso, host, unit, identifier, pid, priority, message });
}

/** What a service logs must not move the cursor or colour the terminal of who reads it. */
const clean = (text: string) => stripVTControlCharacters(text).replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '');

function weighed(text: string, priority = 6): string {
  if (priority <= 3) return color.bad(text);
  if (priority === 4) return color.warn(text);
  return text;
}

/** Of the zone of who reads it. */
function localTime(micros: number): string {
  const date = new Date(micros / 1000);
  const two = (number: number, width = 2) => String(number).padStart(width, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}.${two(date.getMilliseconds(), 3)}`;
}
