// Host names in inventories: a port behind the name, and ranges such as web[01:10:2] or db-[a:c].

/** `name:port` apart. An IPv6 address needs brackets to carry a port. */
export function splitPort(pattern: string): { pattern: string; port: number | undefined } {
  const bracketed = /^\[(.+)\]:(\d+)$/.exec(pattern) ?? /^((?:[^:[\]]|\[[^\]]*\])*):(\d+)$/.exec(pattern);
  if (bracketed && isAddress(bracketed[1]!)) return { pattern: bracketed[1]!, port: Number(bracketed[2]) };
  return { pattern, port: undefined };
}

const RANGE = '\\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\\]';
const LABEL = `(?:[\\p{L}\\p{N}_]|${RANGE})(?:[\\p{L}\\p{N}_-]|${RANGE})*(?<![_-])`;
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, 'iu');
const PART = '(?:[0-9a-f]{1,4}|\\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\\])';
/** The forms of an IPv6 address, where x is a part: as Ansible lists them. */
const V6_FORMS = [
  '(?:x:){7}x|(?:x:){1,6}:|(?:x:)(?::x){1,6}|(?:x:){2}(?::x){1,5}|(?:x:){3}(?::x){1,4}|(?:x:){4}(?::x){1,3}',
  '(?:x:){5}(?::x){1,2}|(?:x:){6}(?::x)|:(?::x){1,6}|x?::|(?:0:){6}(?:x\\.){3}x|::(?:ffff:)?(?:x\\.){3}x',
  '(?:0:){5}ffff:(?:x\\.){3}x',
];
const V6 = new RegExp(`^(?:${V6_FORMS.join('|').replaceAll('x', PART)})$`, 'i');

/** A host name or address, ranges allowed: what Ansible's parse_address accepts. */
export function isAddress(text: string): boolean {
  return NAME.test(text) || V6.test(text);
}

/** All names that a pattern stands for. Throws an Error when a range is not one. */
export function expandRanges(pattern: string): string[] {
  const open = pattern.indexOf('[');
  if (open < 0) return [pattern];
  const close = pattern.indexOf(']', open);
  if (close < 0) throw new Error(`the range in ${pattern} is not closed`);
  const head = pattern.slice(0, open);
  const tail = pattern.slice(close + 1);
  return expandOne(pattern.slice(open + 1, close)).flatMap((text) => expandRanges(head + text + tail));
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

function expandOne(range: string): string[] {
  const bounds = range.split(':');
  if (bounds.length !== 2 && bounds.length !== 3)
    throw new Error(`[${range}] is not a range: [begin:end] or [begin:end:step]`);
  const [begin, end, stepText] = [bounds[0] || '0', bounds[1]!, bounds[2] ?? '1'];
  if (!end) throw new Error(`[${range}] has no end`);
  const step = Number(stepText);
  if (!/^\d+$/.test(stepText) || step < 1) throw new Error(`[${range}] has a step that is not a number`);
  const padded = begin.length > 1 && begin.startsWith('0');
  if (padded && begin.length !== end.length) throw new Error(`[${range}] needs as many digits at its end`);
  const letters = begin.length === 1 && end.length === 1 && LETTERS.includes(begin) && LETTERS.includes(end);
  if (!letters && !(/^\d+$/.test(begin) && /^\d+$/.test(end)))
    throw new Error(`[${range}] is not a range of numbers or letters`);
  const [from, to] = letters ? [LETTERS.indexOf(begin), LETTERS.indexOf(end)] : [Number(begin), Number(end)];
  if (from > to) throw new Error(`[${range}] begins behind its end`);
  const names: string[] = [];
  for (let at = from; at <= to; at += step)
    names.push(letters ? LETTERS[at]! : padded ? String(at).padStart(begin.length, '0') : String(at));
  return names;
}
