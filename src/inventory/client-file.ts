// litellm_clients.yml, hxllm's own list of clients: changed entry by entry, comments and other entries stay as they are. Pure.
import { isDeepStrictEqual } from 'node:util';
import { HxError } from '../errors.js';
import { parseYaml } from '../yaml.js';

export const CLIENTS = 'litellm_clients';

const HEADER = `# Clients of the gateway. Written by hxllm keys create and hxllm keys revoke; deploy reads it.
# The keys themselves lie beside the master key, where the names below point to.
`;

export type ClientEntry = { name: string; key: string } & Record<string, unknown>;

/** `  - name: "alice"` and its other lines; JSON is YAML that nobody reads otherwise. */
export function entryText(entry: ClientEntry, indent = '  '): string {
  const fields = Object.entries(entry).map(([field, value]) => `${field}: ${JSON.stringify(value)}`);
  return `${indent}- ${fields.join(`\n${indent}  `)}\n`;
}

export function addClient(text: string, file: string, entry: ClientEntry): string {
  const before = clientsIn(text, file);
  const lines = linesOf(text || HEADER);
  const after = [...before, entry];
  if (before.length === 0) {
    const rest = lines.filter((line) => !new RegExp(`^${CLIENTS}:`).test(line));
    return proven(text, `${rest.join('')}${CLIENTS}:\n${entryText(entry)}`, file, after);
  }
  const [from, to, indent] = spanOf(text, file, before.length - 1);
  const added = entryText(entry, indent);
  return proven(text, [...lines.slice(0, to), added, ...lines.slice(to)].join(''), file, after, from);
}

export function removeClient(text: string, file: string, name: string): string {
  const before = clientsIn(text, file);
  const index = before.findIndex((entry) => entry.name === name);
  if (index < 0) return text;
  const [from, to] = spanOf(text, file, index);
  const lines = linesOf(text);
  const left = [...lines.slice(0, from), ...lines.slice(to)].join('');
  const after = before.filter((_, i) => i !== index);
  const empty = left.replace(new RegExp(`^${CLIENTS}:[^\\n]*`, 'm'), `${CLIENTS}: []`);
  return proven(text, after.length > 0 ? left : empty, file, after, from);
}

export function clientsIn(text: string, file: string): ClientEntry[] {
  return (valuesOf(text, file)[CLIENTS] ?? []) as ClientEntry[];
}

function valuesOf(text: string, file: string): Record<string, unknown> {
  return (parseYaml(text, file).value ?? {}) as Record<string, unknown>;
}

const linesOf = (text: string) => text.split(/(?<=\n)/).map((line) => line.replace(/([^\n])$/, '$1\n'));

/** First line of an entry and the one behind it, counted from 0, and what stands before its dash. */
function spanOf(text: string, file: string, index: number): [number, number, string] {
  const line = parseYaml(text, file).line([CLIENTS, index]) ?? 1;
  const lines = linesOf(text);
  const [, indent] = /^( *)-/.exec(lines[line - 1] ?? '') ?? [];
  if (indent === undefined) throw foreign(file, line);
  const rest = lines.slice(line).findIndex((l) => l.trim() !== '' && !l.startsWith(`${indent} `));
  return [line - 1, rest < 0 ? lines.length : line + rest, indent];
}

/** Whatever the text looked like, the result must say exactly what was meant. */
function proven(
  before: string,
  text: string,
  file: string,
  wanted: readonly ClientEntry[],
  line = 0,
): string {
  const { [CLIENTS]: found, ...rest } = valuesOf(text, file);
  const { [CLIENTS]: _, ...others } = valuesOf(before, file);
  if (isDeepStrictEqual(found, wanted) && isDeepStrictEqual(rest, others)) return text;
  throw foreign(file, line + 1);
}

function foreign(file: string, line: number): HxError {
  return new HxError({
    code: 'inventory',
    message: 'hxllm cannot change this list without touching the rest of the file',
    where: `${file}:${line}`,
    hint: 'change it by hand, each client beginning with "- name:" on a line of its own; then: hxllm deploy',
  });
}
