// Filters that make a text or a number of a value.
import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { Secret } from '../../secret.js';
import { dumpYaml, dumpYamlFlow, parseYaml } from '../../yaml.js';
import { format } from './arithmetic.js';
import type { Evaluation } from './evaluate.js';
import type { Filter } from './filters.js';
import {
  defined,
  ExpressionError,
  Float,
  GroupTuple,
  isDict,
  isText,
  isUndefined,
  truthy,
} from './python.js';
import { pythonRegExp, replacement } from './regex.js';

const text =
  (change: (text: string) => unknown): Filter =>
  (run, value) =>
    change(run.text(value));

export const TEXT_FILTERS: Record<string, Filter> = {
  string: (_, value) => (value instanceof Secret ? value : _.text(value)),
  lower: text((t) => t.toLowerCase()),
  upper: text((t) => t.toUpperCase()),
  // unlike the method of the same name: words begin behind blanks, dashes and brackets
  title: text((t) =>
    t.replace(/[^-\s({[<]+/g, (word) => word[0]!.toUpperCase() + word.slice(1).toLowerCase()),
  ),
  capitalize: text((t) => t.slice(0, 1).toUpperCase() + t.slice(1).toLowerCase()),
  trim: (run, value, [set]) => {
    const kept = run.text(value);
    return set === undefined ? kept.trim() : (run.member(kept, 'strip') as (a: unknown[]) => unknown)([set]);
  },
  replace: (run, value, [from, to]) => run.text(value).replaceAll(run.text(from), () => run.text(to)),
  split: (run, value, args) =>
    (run.member(textNeeded(run, value), 'split') as (a: unknown[]) => unknown)(args),
  format: (run, value, args) => format(run, run.text(value), args),
  indent: (run, value, [width = 4, first = false]) => {
    const pad = ' '.repeat(Number(width));
    return (first ? pad : '') + textNeeded(run, value).replace(/\n(?!\n|$)/g, `\n${pad}`);
  },
  quote: text((t) => (t !== '' && /^[\w@%+=:,./-]+$/.test(t) ? t : `'${t.replaceAll("'", `'"'"'`)}'`)),
  urlencode: (run, value) => {
    if (!isDict(value) && !Array.isArray(value)) return percent(run.text(value));
    const pairs = isDict(value) ? Object.entries(value) : value.map((pair) => run.items(pair));
    const word = (part: unknown): string =>
      percent(run.text(part)).replaceAll('/', '%2F').replaceAll('%20', '+');
    return pairs.map(([key, item]) => `${word(key)}=${word(item)}`).join('&');
  },
  splitext: text((t) => {
    const name = t.slice(t.lastIndexOf('/') + 1);
    const dot = name.replace(/^\.+/, (dots) => '_'.repeat(dots.length)).lastIndexOf('.');
    const at = dot < 0 ? t.length : t.length - name.length + dot;
    return [t.slice(0, at), t.slice(at)];
  }),
  wordcount: text((t) => t.match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
  truncate: (run, value, [length = 255, whole = false, end = '...', leeway = 5], named) => {
    const [kept, most, dots] = [
      textNeeded(run, value),
      Number(named.length ?? length),
      run.text(named.end ?? end),
    ];
    if (kept.length <= most + Number(named.leeway ?? leeway)) return kept;
    if (most < dots.length) throw new ExpressionError('truncate needs a length that has room for the end');
    const cut = kept.slice(0, most - dots.length);
    const blank = truthy(named.killwords ?? whole) ? -1 : cut.lastIndexOf(' ');
    return (blank < 0 ? cut : cut.slice(0, blank)) + dots;
  },
  center: (run, value, [width = 80]) => {
    const kept = run.text(value);
    const room = Math.max(0, Number(width) - kept.length);
    const left = Math.floor(room / 2) + (room & Number(width) & 1);
    return ' '.repeat(left) + kept + ' '.repeat(room - left);
  },
  basename: text((t) => (t.endsWith('/') ? '' : basename(t))),
  dirname: text((t) => (t.includes('/') ? dirname(t) : '')),
  b64encode: text((t) => Buffer.from(t).toString('base64')),
  b64decode: text((t) => Buffer.from(t, 'base64').toString('utf8')),
  hash: (run, value, [name = 'sha1']) => digest(run.text(name), run.text(value)),
  md5: text((t) => digest('md5', t)),
  sha1: text((t) => digest('sha1', t)),
  checksum: text((t) => digest('sha1', t)),
  regex_replace: (run, value, [pattern, to], named) => {
    const flags = `g${named.ignorecase ? 'i' : ''}${named.multiline ? 'm' : ''}`;
    return run.text(value).replace(pythonRegExp(run.text(pattern), flags), replacement(run.text(to ?? '')));
  },
  regex_search: (run, value, [pattern, ...groups], named) => {
    const flags = `${named.ignorecase ? 'i' : ''}${named.multiline ? 'm' : ''}`;
    const found = pythonRegExp(run.text(pattern), flags).exec(run.text(value));
    if (!found) return null;
    return groups.length === 0
      ? found[0]
      : groups.map((group) => replacement(run.text(group))(...found, found.groups));
  },
  regex_findall: (run, value, [pattern]) =>
    [...run.text(value).matchAll(pythonRegExp(run.text(pattern), 'g'))].map((found) =>
      found.length === 1 ? found[0] : found.length === 2 ? found[1] : found.slice(1),
    ),
  regex_escape: text((t) => t.replace(/[.*+?^${}()|[\]\\#&~\- \t\n\r\v\f]/g, '\\$&')),
  to_json: (run, value, _, named) => pythonJson(run, value, named),
  to_nice_json: (run, value, [indent = 4, sort_keys = true], named) =>
    pythonJson(run, value, { indent, sort_keys, ...named }),
  from_json: (run, value) => fromText('JSON', () => jsonOf(run.text(value))),
  to_yaml: (run, value) => dumpYamlFlow(plain(run, value, true)),
  to_nice_yaml: (run, value) => dumpYaml(plain(run, value, true), 4),
  from_yaml: (run, value) =>
    fromText('YAML', () => parseYaml(run.text(value), 'from_yaml', { python: true }).value ?? null),
  ternary: (_, value, [yes, no, nothing]) =>
    value === null && nothing !== undefined ? nothing : truthy(value) ? yes : no,
  mandatory: (_, value) => defined(value),
  default: (_, value, [other = '', alsoFalsy = false], named) => {
    const use = truthy(named.boolean ?? alsoFalsy);
    if (isUndefined(value)) return named.default_value ?? other;
    return use && !truthy(value) ? (named.default_value ?? other) : value;
  },
};
TEXT_FILTERS.d = TEXT_FILTERS.default!;

function textNeeded(run: Evaluation, value: unknown): string {
  if (!isText(value)) throw new ExpressionError('a text is needed');
  return run.text(value);
}

const percent = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, hexed)
    .replaceAll('%2F', '/');
const hexed = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

function digest(name: string, value: string): string {
  try {
    return createHash(name).update(value).digest('hex');
  } catch {
    throw new ExpressionError(`no hash is called ${name}`);
  }
}

function fromText(what: string, read: () => unknown): unknown {
  try {
    return read();
  } catch {
    // the parser's own words could quote a secret
    throw new ExpressionError(`the text is not valid ${what}`);
  }
}

/** Secrets revealed (and noted). */
function plain(run: Evaluation, value: unknown, sorted = false): unknown {
  const it = defined(value);
  if (it instanceof Secret) return run.text(it);
  if (it instanceof GroupTuple) throw new ExpressionError('what groupby gives has no YAML');
  if (Array.isArray(it)) return it.map((item) => plain(run, item, sorted));
  if (!isDict(it)) return it;
  const pairs = Object.entries(it).map(([key, item]) => [key, plain(run, item, sorted)] as const);
  return Object.fromEntries(sorted ? pairs.sort(([a], [b]) => (a < b ? -1 : 1)) : pairs);
}

/** Marks a float in JSON. */
const FLOAT = ' hxllm-float ';

/** JSON in which 1.0 stays a float. */
function jsonOf(json: string): unknown {
  JSON.parse(json);
  const marked = json.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (part) =>
    /^[-\d].*[.eE]/.test(part) ? `{"${FLOAT}": ${part}}` : part,
  );
  return JSON.parse(marked, (_, value) =>
    isDict(value) && FLOAT in value ? new Float(Number(value[FLOAT])) : value,
  );
}

/** `json.dumps`: a blank behind , and : unless each item has a line, and only ASCII. */
function pythonJson(run: Evaluation, value: unknown, given: Record<string, unknown>): string {
  const { indent, sort_keys: isSorted, ensure_ascii: isAscii = true, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new ExpressionError(`${unknown} of a JSON filter is not supported`);
  const step = typeof indent === 'number' ? ' '.repeat(Math.max(0, indent)) : undefined;
  const escaped = (json: string) =>
    truthy(isAscii)
      ? json.replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : json;
  const around = (open: string, items: string[], close: string, margin: string) => {
    if (step === undefined || items.length === 0) return open + items.join(', ') + close;
    return `${open}\n${items.map((item) => margin + step + item).join(',\n')}\n${margin}${close}`;
  };
  const json = (one: unknown, margin: string): string => {
    const it = defined(one);
    if (it instanceof Float) return run.text(it);
    const inner = margin + (step ?? '');
    if (Array.isArray(it)) {
      const items = it.map((item) => json(item, inner));
      return around('[', items, ']', margin);
    }
    if (isDict(it)) {
      const keys = Object.keys(it);
      if (truthy(isSorted)) keys.sort();
      const items = keys.map((key) => `${escaped(JSON.stringify(key))}: ${json(it[key], inner)}`);
      return around('{', items, '}', margin);
    }
    const text = JSON.stringify(it instanceof Secret ? run.text(it) : it);
    if (text === undefined) throw new ExpressionError('the value has no JSON');
    return escaped(text);
  };
  return json(value, '');
}
