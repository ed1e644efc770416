// The one door to js-yaml: reads YAML as Ansible's PyYAML does, with the line of every value, and writes it.
import {
  COLLECTION_STYLE,
  type Document,
  dump,
  EVENT_ID,
  type Event,
  getScalarValue,
  load,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
  visit,
  YAMLException,
} from 'js-yaml';
import { HxError } from './errors.js';
import { ANSIBLE_SCHEMA, isNoText, LargeNumber, PYTHON_DUMP_SCHEMA, PYTHON_SCHEMA } from './yaml-types.js';

export { Float, pythonKey, UnsafeText, VaultText } from './yaml-types.js';

export type YamlPath = readonly (string | number)[];

export interface YamlDocument {
  /** undefined for a file with nothing in it. */
  value: unknown;
  /** Line (from 1) of the key or item at a path, or of its nearest parent that was written here. */
  line(path: YamlPath): number | undefined;
  /** Keys that are written twice in one mapping; as in Ansible the last one counts. */
  duplicates: { key: string; line: number }[];
  /** False for a key that YAML takes for a number, a boolean or null. */
  textKey(path: YamlPath): boolean;
}

/** Parses one document; `python` keeps what tells Python's types apart: Float, and keys. Errors are HxError `inventory` with `file:line`. */
export function parseYaml(text: string, file: string, options: { python?: boolean } = {}): YamlDocument {
  try {
    const events = parseEvents(text, { filename: file });
    // an empty or comment-only file is no document at all; load() would throw
    if (events.length === 0)
      return { value: undefined, line: () => undefined, duplicates: [], textKey: () => true };
    const { lines, duplicates, odd } = locate(events, text);
    const schema = options.python ? PYTHON_SCHEMA : ANSIBLE_SCHEMA;
    const value = load(text, { filename: file, schema, json: true });
    const line = (path: YamlPath): number | undefined => {
      for (let end = path.length; end > 0; end--) {
        const found = lines.get(JSON.stringify(path.slice(0, end)));
        if (found !== undefined) return found;
      }
      return undefined;
    };
    return { value, line, duplicates, textKey: (path) => !odd.has(JSON.stringify(path)) };
  } catch (error) {
    throw yamlError(error, text, file);
  }
}

/** A path as a person would type it here. */
function near(file: string): string {
  const cwd = `${process.cwd()}/`;
  return file.startsWith(cwd) ? file.slice(cwd.length) : file;
}

function yamlError(error: unknown, text: string, file: string): unknown {
  if (error instanceof LargeNumber) {
    const line = lineAt(text, text.indexOf(error.text));
    return new HxError({ code: 'inventory', message: error.message, where: `${near(file)}:${line}` });
  }
  if (!(error instanceof YAMLException)) return error;
  const where = error.mark ? `${near(file)}:${error.mark.line + 1}` : near(file);
  const hint = /^\s*[^\s#][^\n]*:\s+\{\{/m.test(text)
    ? 'a value that starts with {{ needs quotes'
    : undefined;
  return new HxError({ code: 'inventory', message: `not valid YAML: ${error.reason}`, where, hint });
}

/** Walks the events once, keeping the path, and notes the line of each key and item. */
function locate(events: readonly Event[], text: string) {
  const lines = new Map<string, number>();
  const odd = new Set<string>();
  const duplicates: YamlDocument['duplicates'] = [];
  const entries = new Map<string, { key: ScalarEvent; value: Event }>();
  const anchors = new Set<string>();
  const starts = lineStarts(text);
  type Level = { key: string | number | undefined; index: number; mapping: boolean; seen: Set<string> };
  const levels: Level[] = [];
  const path = (): YamlPath => levels.map((l) => l.key!);
  for (const [at, event] of events.entries()) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      levels.pop();
      continue;
    }
    if (event.type !== EVENT_ID.ALIAS && event.anchorStart >= 0) {
      const anchor = text.slice(event.anchorStart, event.anchorEnd);
      // YAML allows it, PyYAML does not
      if (anchors.has(anchor))
        YAMLException.throwAt(text, event.anchorStart, `the anchor &${anchor} is there twice`);
      anchors.add(anchor);
    }
    const level = levels.at(-1);
    if (level?.mapping && level.index++ % 2 === 0) {
      level.key = event.type === EVENT_ID.SCALAR ? getScalarValue(text, event) : '?';
      if (event.type === EVENT_ID.SCALAR) {
        const line = lineFrom(starts, event.valueStart);
        if (level.seen.has(level.key) && level.key !== '<<') duplicates.push({ key: level.key, line });
        level.seen.add(level.key);
        lines.set(JSON.stringify(path()), line);
        if (event.style === SCALAR_STYLE.PLAIN && isNoText(level.key)) odd.add(JSON.stringify(path()));
        if (levels.length === 1) entries.set(level.key, { key: event, value: events[at + 1]! });
      }
    } else if (level && !level.mapping) {
      level.key = level.index++;
      const start =
        'start' in event ? event.start : 'valueStart' in event ? event.valueStart : event.anchorStart;
      if (start >= 0) lines.set(JSON.stringify(path()), lineFrom(starts, start));
    }
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE)
      levels.push({ key: undefined, index: 0, mapping: event.type === EVENT_ID.MAPPING, seen: new Set() });
  }
  return { lines, duplicates, entries, odd };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function lineFrom(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle;
  }
  return low + 1;
}

const lineAt = (text: string, offset: number): number => lineFrom(lineStarts(text), offset);

/** As PyYAML writes: without a `flow` a collection of scalars is on one line, and others are blocks. */
export function dumpYaml(value: unknown, indent: number, flow?: boolean): string {
  const transform = (documents: Document[]): void =>
    visit(documents, (node) => {
      if (node.kind !== 'mapping' && node.kind !== 'sequence') return;
      const inner = node.kind === 'mapping' ? node.items.map((item) => item.value) : node.items;
      if (inner.every((item) => item.kind === 'scalar')) node.style = COLLECTION_STYLE.FLOW;
    });
  const options = { lineWidth: -1, noRefs: true, schema: PYTHON_DUMP_SCHEMA, seqNoIndent: true, indent };
  if (flow === undefined) return dump(value, { ...options, transform });
  return dump(value, { ...options, flowLevel: flow ? 0 : -1 });
}

/** A value on one line, for use inside a document. */
export function dumpYamlInline(value: unknown): string {
  return dump(value, { lineWidth: -1, noRefs: true, flowLevel: 0 }).trimEnd();
}

export interface EntrySpan {
  /** Behind the colon of the key. */
  start: number;
  /** Behind the value. */
  end: number;
  /** The value is a block (`|`, `>`): it owns its lines. */
  block: boolean;
  /** From the line of the key up to the first line that is not the entry's. */
  lineStart: number;
  lineEnd: number;
}

/** Where a top-level entry with a single value stands; undefined when there is no such entry. */
export function entrySpan(text: string, file: string, name: string): EntrySpan | undefined {
  const entry = locate(parseEvents(text, { filename: file }), text).entries.get(name);
  return entry && spanOf(text, file, name, entry.key, entry.value);
}

function spanOf(text: string, file: string, name: string, key: ScalarEvent, value: Event): EntrySpan {
  if (value.type !== EVENT_ID.SCALAR)
    throw new HxError({ code: 'inventory', message: `${name} is not a single value`, where: near(file) });
  const quoted = (style: number): number =>
    style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED ? 1 : 0;
  const colon = text.indexOf(':', key.valueEnd + quoted(key.style)) + 1;
  const block = value.style === SCALAR_STYLE.LITERAL_BLOCK || value.style === SCALAR_STYLE.FOLDED_BLOCK;
  const end = value.valueStart < 0 ? colon : value.valueEnd + quoted(value.style);
  const lineStart = text.lastIndexOf('\n', key.valueStart) + 1;
  const newline = text.indexOf('\n', block ? end - 1 : end);
  return { start: colon, end, block, lineStart, lineEnd: newline < 0 ? text.length : newline + 1 };
}
