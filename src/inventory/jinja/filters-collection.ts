// Filters that pick from lists and mappings or arrange them. Secrets inside stay wrapped.
import { Secret } from '../../secret.js';
import type { Evaluation } from './evaluate.js';
import type { Filter } from './filters.js';
import { combine, dict, isNull } from './filters-merge.js';
import {
  defined,
  ExpressionError,
  equal,
  Float,
  GroupTuple,
  isDict,
  isMissing,
  LazyMapping,
  numberOf,
  order,
  Tuple,
  truthy,
  Undefined,
} from './python.js';

export const COLLECTION_FILTERS: Record<string, Filter> = {
  list: (run, value) => [...run.items(value)],
  first: (run, value) => at(run.items(value)[0], 'first'),
  last: (run, value) => at(run.items(value).at(-1), 'last'),
  length: (run, value) => run.items(value).length,
  count: (run, value) => run.items(value).length,
  join: (run, value, [by = '', path]) => {
    const items = run.items(value).map((item) => (path === undefined ? item : attributeOf(run, item, path)));
    return items.map((item) => run.text(item)).join(run.text(by));
  },
  reverse: (run, value) =>
    typeof value === 'string' || value instanceof Secret
      ? [...run.text(value)].reverse().join('')
      : [...run.items(value)].reverse(),
  sort: (run, value, [reverse = false, caseSensitive = false, paths]) => {
    const keys = (
      paths === undefined || typeof paths === 'number' ? [paths] : run.text(paths).split(',')
    ).map((path) => keyOf(run, path, truthy(caseSensitive)));
    const sign = truthy(reverse) ? -1 : 1;
    return run
      .items(value)
      .map((item) => ({ item, by: keys.map((key) => defined(key(item))) }))
      .sort((a, b) => sign * order(a.by, b.by))
      .map(({ item }) => item);
  },
  flatten: (run, value, [levels = Infinity, skipNulls = true]) =>
    flatten(run.items(value), Number(levels), truthy(skipNulls)),
  min: (run, value, [caseSensitive = false, path]) =>
    extreme(run.items(value), keyOf(run, path, truthy(caseSensitive)), -1),
  max: (run, value, [caseSensitive = false, path]) =>
    extreme(run.items(value), keyOf(run, path, truthy(caseSensitive)), 1),
  sum: (run, value, [path, start = 0]) => {
    const items = run.items(value).map((item) => (path === undefined ? item : attributeOf(run, item, path)));
    if (items.every(Array.isArray) && Array.isArray(start)) return [...start, ...items.flat()];
    const numbers = items.map(numberOf);
    if (numbers.includes(undefined)) throw new ExpressionError('sum needs numbers');
    const total = (numbers as number[]).reduce((a, b) => a + b, Number(start));
    return items.some((item) => item instanceof Float) ? new Float(total) : total;
  },
  zip: (run, value, others) => {
    const lists = [value, ...others].map((list) => run.items(list));
    const size = Math.min(...lists.map((list) => list.length));
    // Python has taken one more item of those before the shortest
    for (const list of lists) {
      if (list.length === size) break;
      if (!(list instanceof Tuple)) defined(list[size]);
    }
    return Array.from({ length: size }, (_, i) => Tuple.from(lists.map((list) => list[i])));
  },
  product: (run, value, others) =>
    [value, ...others]
      .map((list) => run.items(list))
      .reduce<unknown[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]])
      .map((row) => Tuple.from(row)),
  permutations: (run, value, [size]) =>
    picks(run.items(value), size === undefined ? undefined : Number(size), false),
  combinations: (run, value, [size]) => picks(run.items(value), Number(size), true),
  slice: (run, value, [parts, fill = null]) => {
    const items = run.items(value);
    const [least, more] = [Math.floor(items.length / Number(parts)), items.length % Number(parts)];
    let start = 0;
    return Array.from({ length: Number(parts) }, (_, i) => {
      const part = items.slice(start, start + least + (i < more ? 1 : 0));
      start += part.length;
      return fill !== null && i >= more ? [...part, fill] : part;
    });
  },
  zip_longest: (run, value, others, named) => {
    const lists = [value, ...others].map((list) => run.items(list));
    const size = Math.max(...lists.map((list) => list.length));
    return Array.from({ length: size }, (_, i) =>
      Tuple.from(lists.map((list) => (i < list.length ? list[i] : (named.fillvalue ?? null)))),
    );
  },
  batch: (run, value, [size, fill = null]) => {
    const items = run.items(value);
    const step = Number(size);
    if (!(step >= 1)) throw new ExpressionError('batch needs a size');
    return Array.from({ length: Math.ceil(items.length / step) }, (_, i) => {
      const part = items.slice(i * step, (i + 1) * step);
      return fill === null ? part : [...part, ...Array(step - part.length).fill(fill)];
    });
  },
  map: (run, value, args, named) => some(run, value).map((item) => mapped(run, item, args, named)),
  extract: (run, value, [container, rest]) => {
    const found = run.member(container, typeof value === 'number' ? value : run.text(value));
    const path = rest === undefined ? [] : Array.isArray(rest) ? rest : [rest];
    return path.reduce<unknown>((inner, key) => run.member(inner, key), found);
  },
  select: (run, value, args, named) => some(run, value).filter((item) => passes(run, item, args, named)),
  reject: (run, value, args, named) => some(run, value).filter((item) => !passes(run, item, args, named)),
  selectattr: (run, value, [path, ...test], named) =>
    some(run, value).filter((item) => passes(run, attributeOf(run, item, path), test, named)),
  rejectattr: (run, value, [path, ...test], named) =>
    some(run, value).filter((item) => !passes(run, attributeOf(run, item, path), test, named)),
  groupby: (run, value, [path, , caseSensitive = false]) => {
    const real = keyOf(run, path, true);
    const key = keyOf(run, path, truthy(caseSensitive));
    const groups: unknown[][] = [];
    for (const item of [...run.items(value)].sort((a, b) => order(key(a), key(b)))) {
      const last = groups.at(-1);
      if (last && equal(key(last[0]), key(item))) last.push(item);
      else groups.push([item]);
    }
    return groups.map((items) => GroupTuple.of(real(items[0]), items));
  },
  dict2items: (run, value, names) => {
    if (!isDict(value) && !(value instanceof LazyMapping))
      throw new ExpressionError('dict2items needs a mapping');
    const [key, item] = [run.text(names[0] ?? 'key'), run.text(names[1] ?? 'value')];
    return run.items(value).map((name) => ({ [key]: name, [item]: run.member(value, name) }));
  },
  items2dict: (run, value, [key = 'key', item = 'value']) => {
    run.items(value).forEach(dict);
    return Object.fromEntries(
      run.items(value).map((entry) => [run.text(run.member(entry, key)), defined(run.member(entry, item))]),
    );
  },
  dictsort: (run, value, [caseSensitive = false, by = 'key', reverse = false]) => {
    if (by !== 'key' && by !== 'value') throw new ExpressionError('dictsort goes by key or by value');
    const key = keyOf(run, by === 'key' ? 0 : 1, truthy(caseSensitive));
    const sign = truthy(reverse) ? -1 : 1;
    return Object.entries(dict(value))
      .map((pair) => Tuple.from(pair))
      .sort((a, b) => sign * order(key(a), key(b)));
  },
  items: (_, value) => Object.entries(dict(value)).map((pair) => Tuple.from(pair)),
  combine,
};

/** Every choice of so many items: in any order, or (`sorted`) only in the list's own. */
function picks(items: unknown[], size = items.length, sorted: boolean): unknown[][] {
  const grow = (chosen: number[]): number[][] =>
    chosen.length === size
      ? [chosen]
      : items.flatMap((_, i) =>
          (sorted ? i > (chosen.at(-1) ?? -1) : !chosen.includes(i)) ? grow([...chosen, i]) : [],
        );
  return grow([]).map((chosen) => Tuple.from(chosen.map((i) => items[i])));
}

/** As in Ansible everything that counts as false has no items. */
const some = (run: Evaluation, value: unknown): unknown[] => (truthy(value) ? run.items(value) : []);

const at = (value: unknown, which: string): unknown =>
  value === undefined ? new Undefined(`the ${which} item of an empty list`) : value;

function flatten(items: unknown[], levels: number, skipNulls: boolean): unknown[] {
  return items.flatMap((item) => {
    if (skipNulls && isNull(item)) return [];
    return Array.isArray(item) && levels > 0 ? flatten(item, levels - 1, skipNulls) : [item];
  });
}

function extreme(items: unknown[], key: (item: unknown) => unknown, sign: number): unknown {
  if (items.length === 0) return new Undefined('the extreme of an empty list');
  return items.reduce((best, item) => (order(key(item), key(best)) * sign > 0 ? item : best));
}

/** `a.b` of an item. */
function attributeOf(run: Evaluation, item: unknown, path: unknown): unknown {
  if (typeof path === 'number') return run.member(item, path);
  return run
    .text(path)
    .split('.')
    .reduce<unknown>((inner, key) => run.member(inner, /^\d+$/.test(key) ? Number(key) : key), item);
}

export function keyOf(run: Evaluation, path: unknown, exact: boolean): (item: unknown) => unknown {
  return (item) => {
    const key = path === undefined || path === null ? item : attributeOf(run, item, path);
    const plain = key instanceof Secret ? key.reveal() : key;
    return !exact && typeof plain === 'string' ? plain.toLowerCase() : plain;
  };
}

function mapped(run: Evaluation, item: unknown, args: unknown[], named: Record<string, unknown>): unknown {
  if (named.attribute !== undefined) {
    const found = attributeOf(run, item, named.attribute);
    return isMissing(found) ? (named.default ?? found) : found;
  }
  const [name, ...rest] = args;
  if (name === undefined) throw new ExpressionError('map needs a filter or an attribute');
  return run.filter(run.text(name), item, rest, named);
}

function passes(
  run: Evaluation,
  item: unknown,
  [name, ...args]: unknown[],
  named: Record<string, unknown>,
): boolean {
  return name === undefined ? truthy(item) : run.test(run.text(name), item, args, named);
}
