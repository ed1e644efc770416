// The times that people give to --since and --until, as journalctl on any host understands them alike. Pure.
import { HxError } from '../../errors.js';

const SPANS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const WORDS: Record<string, string> = {
  ...{ sec: 's', secs: 's', second: 's', seconds: 's' },
  ...{ min: 'm', mins: 'm', minute: 'm', minutes: 'm' },
  ...{ hr: 'h', hour: 'h', hours: 'h', day: 'd', days: 'd', week: 'w', weeks: 'w' },
};
const SPAN = /(\d+(?:\.\d+)?)\s*([a-z]+)/g;

/**
 * A span before now (`10m`, `-1h30m`, `2 hours ago`) becomes `-SECONDS`, which each host takes by its own clock. A date,
 * a time of today or `today`, `yesterday` is one of the control node's zone and becomes `@SECONDS` since 1970.
 */
export function journalTime(text: string, flag: string, now = new Date()): string {
  const said = text.trim().toLowerCase();
  const span = spanOf(said);
  if (span !== undefined) return `-${span}`;
  const at = pointOf(said, now);
  if (at !== undefined && !Number.isNaN(at.getTime())) return `@${at.getTime() / 1000}`;
  throw new HxError({
    code: 'usage',
    message: `${flag} ${text}: no time`,
    hint: 'a span before now: 30s, 10m, 2h, "3 days ago"; or 2026-01-31, "2026-01-31 14:05", 14:05, today, yesterday',
  });
}

function spanOf(said: string): number | undefined {
  const text = said.replace(/^-/, '').replace(/\s*ago$/, '');
  if (text === '' || text.replace(SPAN, '').trim() !== '') return undefined;
  let seconds = 0;
  for (const [, number, name] of text.matchAll(SPAN)) {
    const one = SPANS[WORDS[name as string] ?? (name as string)];
    if (one === undefined) return undefined;
    seconds += Number(number) * one;
  }
  return seconds;
}

function pointOf(said: string, now: Date): Date | undefined {
  const day = (back: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() - back);
  if (said === 'now') return now;
  if (said === 'today') return day(0);
  if (said === 'yesterday') return day(1);
  const match = /^(?:(\d{4}-\d\d-\d\d)(?:[ t]|$))?(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(z|[+-]\d\d:?\d\d)?$/.exec(
    said,
  );
  if (!match || (match[1] ?? match[2]) === undefined) return undefined;
  const [, date, time = '00:00', zone = ''] = match;
  const today = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return new Date(`${date ?? today}T${time}${zone.toUpperCase()}`);
}

const two = (number: number) => String(number).padStart(2, '0');
