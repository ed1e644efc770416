// Methods of strings, lists and mappings that inventories use: "a.b".split("."), d.get("x", 1), d.items().
import { bound } from './arguments.js';
import { format } from './arithmetic.js';
import type { Call, Evaluation } from './evaluate.js';
import { ExpressionError, equal, isDict, isText, LazyMapping, Tuple, typeName } from './python.js';

/** What they take; the others take what comes. */
const PARAMETERS: Record<string, string> = {
  split: 'sep maxsplit',
  rsplit: 'sep maxsplit',
  splitlines: '',
  upper: '',
  lower: '',
  title: '',
  capitalize: '',
  strip: 'chars',
  lstrip: 'chars',
  rstrip: 'chars',
  startswith: 'prefix',
  endswith: 'suffix',
  replace: 'old new count',
  join: 'iterable',
  index: 'value',
  find: 'value',
  count: 'value',
  isdigit: '',
  zfill: 'width',
  get: 'key default',
  keys: '',
  values: '',
  items: '',
};

/** What changes a value in its place: a template that does so would go on with the old one. */
const CHANGES = 'append extend insert remove pop clear sort reverse update setdefault popitem'.split(' ');

/** undefined when the value has no such method. */
export function method(run: Evaluation, value: unknown, name: string): Call | undefined {
  const call = methodOf(run, value, name);
  if (CHANGES.includes(name) && (Array.isArray(value) || isDict(value)))
    throw new ExpressionError(`${name} of ${typeName(value)} is not supported`);
  return call && ((args, named) => call(...bound(name, PARAMETERS[name], args, named)));
}

function methodOf(run: Evaluation, value: unknown, name: string): Call | undefined {
  if (isText(value)) return stringMethod(run, run.text(value), name);
  if (isDict(value) || value instanceof LazyMapping) return dictMethod(run, value, name);
  if (Array.isArray(value)) {
    if (name === 'index') return ([item]) => found(value.findIndex((other) => equal(other, item)));
    if (name === 'count') return ([item]) => value.filter((other) => equal(other, item)).length;
  }
  return undefined;
}

export function textNeeded(run: Evaluation, value: unknown): string {
  if (!isText(value)) throw new ExpressionError(`a text is needed, not ${typeName(value)}`);
  return run.text(value);
}

/** In characters, as Python counts. */
function placeOf(text: string, part: string): number {
  const at = text.indexOf(part);
  return at < 0 ? at : [...text.slice(0, at)].length;
}

function found(index: number): number {
  if (index < 0) throw new ExpressionError('the item is not in the list');
  return index;
}

function dictMethod(
  run: Evaluation,
  value: Record<string, unknown> | LazyMapping,
  name: string,
): Call | undefined {
  const keys = (): string[] => (value instanceof LazyMapping ? value.keys() : Object.keys(value));
  const get = (key: string): unknown =>
    value instanceof LazyMapping ? value.get(key) : Object.hasOwn(value, key) ? value[key] : undefined;
  if (name === 'get')
    return ([key, other = null]) => {
      const found = get(run.text(key));
      return found === undefined ? other : found;
    };
  if (name === 'keys') return () => keys();
  if (name === 'values') return () => keys().map(get);
  if (name === 'items') return () => keys().map((key) => Tuple.of(key, get(key)));
  return undefined;
}

function stringMethod(run: Evaluation, text: string, name: string): Call | undefined {
  const anyOf = (arg: unknown): unknown[] => (arg instanceof Tuple ? arg : [arg]);
  const chars = (arg: unknown): string => (arg === undefined || arg === null ? ' \t\n\r\f\v' : run.text(arg));
  const methods: Record<string, Call> = {
    split: ([by, limit]) => split(text, by === undefined || by === null ? undefined : run.text(by), limit),
    rsplit: ([by, limit]) => rsplit(text, run.text(by), limit),
    splitlines: () => text.split(/\r\n|\r|\n/).filter((line, i, all) => i < all.length - 1 || line !== ''),
    upper: () => text.toUpperCase(),
    lower: () => text.toLowerCase(),
    title: () => titled(text),
    capitalize: () => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase(),
    strip: ([set]) => stripEnd(stripStart(text, chars(set)), chars(set)),
    lstrip: ([set]) => stripStart(text, chars(set)),
    rstrip: ([set]) => stripEnd(text, chars(set)),
    startswith: ([start]) => anyOf(start).some((one) => text.startsWith(textNeeded(run, one))),
    endswith: ([end]) => anyOf(end).some((one) => text.endsWith(textNeeded(run, one))),
    replace: ([from, to, count]) => {
      let left = count === undefined || count === null || Number(count) < 0 ? Infinity : Number(count);
      return text.replaceAll(run.text(from), (part) => (left-- > 0 ? run.text(to) : part));
    },
    join: ([list]) =>
      run
        .items(list)
        .map((item) => textNeeded(run, item))
        .join(text),
    index: ([part]) => found(placeOf(text, run.text(part))),
    find: ([part]) => placeOf(text, run.text(part)),
    count: ([part]) => text.split(run.text(part)).length - 1,
    format: (args, named) => braces(run, text, args, named),
    isdigit: () => /^\d+$/.test(text),
    zfill: ([width]) =>
      text.replace(/^[-+]?/, `$&${'0'.repeat(Math.max(0, Number(width) - [...text].length))}`),
    __mod__: (args) => format(run, text, args),
  };
  return Object.hasOwn(methods, name) ? methods[name] : undefined;
}

function split(text: string, by: string | undefined, limit: unknown): string[] {
  if (by === '') throw new ExpressionError('split needs a separator');
  if (limit !== undefined && limit !== -1) {
    if (by === undefined) throw new ExpressionError('split with a limit needs a separator');
    const parts = text.split(by);
    const most = Number(limit);
    return parts.length <= most + 1 ? parts : [...parts.slice(0, most), parts.slice(most).join(by)];
  }
  return by === undefined ? text.split(/\s+/).filter(Boolean) : text.split(by);
}

function rsplit(text: string, by: string, limit: unknown): string[] {
  const parts = text.split(by);
  const most = limit === undefined ? parts.length : Number(limit);
  if (parts.length <= most + 1) return parts;
  const cut = parts.length - most;
  return [parts.slice(0, cut).join(by), ...parts.slice(cut)];
}

function stripStart(text: string, set: string): string {
  let at = 0;
  while (at < text.length && set.includes(text[at]!)) at++;
  return text.slice(at);
}

function stripEnd(text: string, set: string): string {
  let end = text.length;
  while (end > 0 && set.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

function titled(text: string): string {
  return text.replace(/[\p{L}]+/gu, (word) => word[0]!.toUpperCase() + word.slice(1).toLowerCase());
}

function braces(run: Evaluation, text: string, args: unknown[], named: Record<string, unknown>): string {
  let next = 0;
  return text.replace(/\{\{|\}\}|\{(\w*)([^}]*)\}/g, (all, key: string | undefined, rest: string) => {
    if (all === '{{' || all === '}}') return all[0]!;
    if (rest) throw new ExpressionError(`the format ${all} is not supported`);
    const value = key === '' ? args[next++] : /^\d+$/.test(key!) ? args[Number(key)] : named[key!];
    if (value === undefined) throw new ExpressionError(`no value for ${all}`);
    return run.text(value);
  });
}
