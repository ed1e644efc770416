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

function rendered(value: EntryValue): string {
  if (!(value instanceof VaultText)) return dumpYamlInline(value);
  const lines = value.text.trim().split('\n');
  return ['!vault |', ...lines.map((line) => `          ${line}`)].join('\n');
}

/** Whatever the text looked like, the result must say exactly what was meant. */
function proveOnly(before: string, after: string, file: string, name: string, value: EntryValue): void {
  const wanted = { ...((parseYaml(before, file).value ?? {}) as Record<string, unknown>) };
  const found = { ...((parseYaml(after, file).value ?? {}) as Record<string, unknown>) };
  const same = value instanceof VaultText ? textOf(found[name]) === value.text.trim() : found[name] === value;
  delete wanted[name];
  delete found[name];
  if (same && isDeepStrictEqual(wanted, found)) return;
  throw new HxError({
    code: 'inventory',
    message: `cannot change ${name} here without touching the rest of the file`,
    where: file,
    hint: 'change it by hand; if the file is a vault, with: hxllm vault edit',
  });
}

function textOf(value: unknown): string | undefined {
  return value instanceof VaultText ? value.text.trim() : undefined;
}
