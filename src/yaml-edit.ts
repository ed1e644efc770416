// Changes single entries of a YAML file and leaves every other byte as it is, comments included.
import { isDeepStrictEqual } from 'node:util';
import { HxError } from './errors.js';
import { dumpYamlInline, entrySpan, parseYaml, VaultText } from './yaml.js';

/** A new value, an encrypted one for `!vault`, or undefined to remove the entry. */
export type EntryValue = string | number | boolean | VaultText | undefined;

/**
 * The text with one top-level entry set: replaced where it stands, else added at the end.
 * Throws HxError `inventory` for what it cannot do safely: an entry that is a list or a mapping, an alias, flow style.
 */
export function setEntry(text: string, file: string, name: string, value: EntryValue): string {
  const span = entrySpan(text, file, name);
  const changed = span
    ? value === undefined
      ? text.slice(0, span.lineStart) + text.slice(span.lineEnd)
      : replaced(text, span, value)
    : value === undefined
      ? text
      : `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${name}: ${rendered(value)}\n`;
  proveOnly(text, changed, file, name, value);
  return changed;
}

function replaced(text: string, span: NonNullable<ReturnType<typeof entrySpan>>, value: EntryValue): string {
  const after = text.slice(span.end);
  // a block value takes its whole lines, so what follows must begin on a new one
  const block = value instanceof VaultText || span.block;
  return `${text.slice(0, span.start)} ${rendered(value)}${block && !after.startsWith('\n') ? '\n' : ''}${after}`;
}

/**
 * The text with one top-level value put in the place of another, quotes, tags, indentation and line ends as they were.
 * Throws HxError `inventory` when the old value does not stand there as it is.
 */
export function swapValue(
  text: string,
  file: string,
  name: string,
  from: string | VaultText,
  to: string | VaultText,
): string {
  const span = entrySpan(text, file, name);
  const linesOf = (value: string | VaultText) =>
    value instanceof VaultText ? value.text.trim().split('\n') : [value];
  const pattern = linesOf(from)
    .map((line) => line.trim().replace(/[^\w\s]/g, '\\$&'))
    .join('(\\s+)');
  const at = span && new RegExp(pattern).exec(text.slice(span.start, span.end));
  if (!span || !at) throw untouchable(name, file);
  const index = span.start + at.index;
  const changed = `${text.slice(0, index)}${linesOf(to).join(at[1] ?? '')}${text.slice(index + at[0].length)}`;
  proveOnly(text, changed, file, name, to);
  return changed;
}

/** The text with a new top-level entry on the lines before another one: taken out again, nothing of it is left. */
export function addBefore(
  text: string,
  file: string,
  other: string,
  name: string,
  value: Exclude<EntryValue, undefined>,
): string {
  const span = entrySpan(text, file, other);
  if (!span) throw untouchable(name, file);
  const [, indent = ''] = /^( *)/.exec(text.slice(span.lineStart)) ?? [];
  const eol = /\r\n/.test(text) ? '\r\n' : '\n';
  const entry = `${indent}${name}: ${rendered(value)}`.replaceAll('\n', eol);
  const changed = `${text.slice(0, span.lineStart)}${entry}${eol}${text.slice(span.lineStart)}`;
  proveOnly(text, changed, file, name, value);
  return changed;
}

function rendered(value: EntryValue): string {
  if (!(value instanceof VaultText)) return dumpYamlInline(value);
  const lines = value.text.trim().split('\n');
  return ['!vault |', ...lines.map((line) => `          ${line}`)].join('\n');
}

/** Whatever the text looked like, the result must say exactly what was meant. */
function proveOnly(before: string, after: string, file: string, name: string, value: EntryValue): void {
  const wanted = { ...((parseYaml(before, file).value ?? {}) as Record<string, unknown>) };
  const found = { ...((readable(after, file, name) ?? {}) as Record<string, unknown>) };
  const same = value instanceof VaultText ? textOf(found[name]) === value.text.trim() : found[name] === value;
  delete wanted[name];
  delete found[name];
  if (same && isDeepStrictEqual(wanted, found)) return;
  throw untouchable(name, file);
}

function readable(text: string, file: string, name: string): unknown {
  try {
    return parseYaml(text, file).value;
  } catch {
    throw untouchable(name, file);
  }
}

function untouchable(name: string, file: string): HxError {
  return new HxError({
    code: 'inventory',
    message: `cannot change ${name} here without touching the rest of the file`,
    where: file,
    hint: 'change it by hand; if the file is a vault, with: hxllm vault edit',
  });
}

function textOf(value: unknown): string | undefined {
  return value instanceof VaultText ? value.text.trim() : undefined;
}
