// Filters that make a text or a number of a value.
import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { Secret } from '../../secret.js';
import { dumpYaml, parseYaml } from '../../yaml.js';
import { format } from './arithmetic.js';
import type { Call, Evaluation } from './evaluate.js';
import type { Filter } from './filters.js';
import { textNeeded } from './methods.js';
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
import { groupOf, pythonRegExp, replacement } from './regex.js';

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
    return set === undefined ? kept.trim() : called(run, kept, 'strip', [set]);
  },
  replace: (run, value, args) => called(run, run.text(value), 'replace', args),
  split: (run, value, args) => called(run, textNeeded(run, value), 'split', args),
  format: (run, value, args) => format(run, run.text(value), args),
  indent: (run, value, [width = 4, first = false, blank = false]) => {
    const pad = typeof width === 'number' ? ' '.repeat(Math.max(0, width)) : run.text(width);
    const lines = truthy(blank) ? /\n/g : /\n(?!\n|$)/g;
    return (truthy(first) ? pad : '') + textNeeded(run, value).replace(lines, () => `\n${pad}`);
  },
  quote: (run, value) => quoted(value === null ? '' : run.text(value)),
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
  truncate: (run, value, [length = 255, whole = false, end = '...', leeway = 5]) => {
    const [items, most, dots] = [run.items(value), Number(length), run.text(end)];
    if (most < dots.length) throw new ExpressionError('truncate needs a length that has room for the end');
    if (items.length <= most + Number(leeway)) return value;
    textNeeded(run, value);
    const cut = items.slice(0, most - dots.length).join('');
    const blank = truthy(whole) ? -1 : cut.lastIndexOf(' ');
    return (blank < 0 ? cut : cut.slice(0, blank)) + dots;
  },
  center: (run, value, [width = 80]) => {
    const kept = run.text(value);
    const room = Math.max(0, Number(width) - [...kept].length);
    const left = Math.floor(room / 2) + (room & Number(width) & 1);
    return ' '.repeat(left) + kept + ' '.repeat(room - left);
  },
  basename: text((t) => (t.endsWith('/') ? '' : basename(t))),
  dirname: text((t) => (t.includes('/') ? dirname(t) : '')),
  b64encode: text((t) => Buffer.from(t).toString('base64')),
  b64decode: text((t) => {
    if (t.replace(/[^\w+/=]/g, '').length % 4) throw new ExpressionError('the text is not valid base64');
    return Buffer.from(t, 'base64').toString('utf8');
  }),
  hash: (run, value, [name = 'sha1']) => digest(run.text(name), run.text(value)),
  md5: text((t) => digest('md5', t)),
  sha1: text((t) => digest('sha1', t)),
  checksum: text((t) => digest('sha1', t)),
  regex_replace: (run, value, [pattern = '', to = '', ignoreCase, multiline, count = 0, exactly = 0]) => {
    const [text, most] = [run.text(value), Number(count) || Infinity];
    const expression = pythonRegExp(run.text(pattern), flags(ignoreCase, multiline, 'g'), text);
    const replaced = replacement(run.text(to), expression);
    let made = 0;
    const result = text.replace(expression, (...match) =>
      made < most && ++made ? replaced(...match) : String(match[0]),
    );
    if (exactly && made !== exactly) throw new ExpressionError(`${made} matches, not ${exactly}`);
    return result;
  },
  regex_search: (run, value, [pattern, ...groups], named) => {
    const { ignorecase, multiline, ...others } = named;
    if (Object.keys(others).length > 0)
      throw new ExpressionError('regex_search knows ignorecase and multiline');
    const text = run.text(value);
    const found = pythonRegExp(run.text(pattern), flags(ignorecase, multiline), text).exec(text);
    if (!found) return null;
    return groups.length === 0 ? found[0] : groups.map((group) => groupOf(found, run.text(group)));
  },
  regex_findall: (run, value, [pattern, multiline, ignoreCase]) => {
    const text = run.text(value);
    const found = text.matchAll(pythonRegExp(run.text(pattern), flags(ignoreCase, multiline, 'g'), text));
    return [...found].map((all) => (all.length === 1 ? all[0] : all.length === 2 ? all[1] : all.slice(1)));
  },
  regex_escape: text((t) => t.replace(/[.*+?^${}()|[\]\\#&~\- \t\n\r\v\f]/g, '\\$&')),
  to_json: (run, value, _, named) => pythonJson(run, value, named),
  to_nice_json: (run, value, [indent = 4, sort_keys = true], named) =>
    pythonJson(run, value, { indent, sort_keys, ...named }),
  from_json: (run, value) => fromText('JSON', () => jsonOf(textNeeded(run, value))),
  to_yaml: (run, value, _, named) => pythonYaml(run, value, named),
  to_nice_yaml: (run, value, [indent = 4], named) =>
    pythonYaml(run, value, { indent, default_flow_style: false, ...named }),
  from_yaml: (run, value) =>
    isText(value)
      ? fromText('YAML', () => parseYaml(run.text(value), 'from_yaml', { python: true }).value ?? null)
      : value,
  ternary: (_, value, [yes, no, nothing]) =>
    value === null && nothing !== undefined ? nothing : truthy(value) ? yes : no,
  mandatory: (run, value, [message = 'a mandatory variable is not defined']) => {
    if (isUndefined(value)) throw new ExpressionError(run.text(message));
    return value;
  },
  default: (_, value, [other = '', alsoFalsy = false]) =>
    isUndefined(value) || (truthy(alsoFalsy) && !truthy(value)) ? other : value,
};
TEXT_FILTERS.d = TEXT_FILTERS.default!;

const flags = (ignoreCase: unknown, multiline: unknown, others = ''): string =>
  `${others}${ignoreCase && truthy(ignoreCase) ? 'i' : ''}${multiline && truthy(multiline) ? 'm' : ''}`;

const called = (run: Evaluation, text: string, name: string, args: unknown[]): unknown =>
  (run.member(text, name) as Call)(args, {});

const quoted = (text: string): string =>
  text !== '' && /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;

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

/** Lines are as long as they are. */
function pythonYaml(run: Evaluation, value: unknown, given: Record<string, unknown>): string {
  const {
    indent = 2,
    sort_keys: sorted = true,
    default_flow_style: flow = null,
    width: _,
    ...others
  } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new ExpressionError(`${unknown} of a YAML filter is not supported`);
  const style = flow === null ? undefined : truthy(flow);
  return dumpYaml(plain(run, value, truthy(sorted)), Number(indent), style);
}

/** Secrets revealed (and noted). */
function plain(run: Evaluation, value: unknown, sorted: boolean): unknown {
  const it = defined(value);
  if (it instanceof Secret) return run.text(it);
  if (it instanceof GroupTuple) throw new ExpressionError('what groupby gives has no YAML');
  if (Array.isArray(it)) return it.map((item) => plain(run, item, sorted));
  if (!isDict(it)) {
    if (it !== null && typeof it === 'object' && !(it instanceof Float))
      throw new ExpressionError('the value has no YAML');
    return it;
  }
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
    const text =
      it === null || typeof it !== 'object' ? JSON.stringify(it) : isText(it) && JSON.stringify(run.text(it));
    if (!text) throw new ExpressionError('the value has no JSON');
    return escaped(text);
  };
  return json(value, '');
}
