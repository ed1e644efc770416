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
  join: (run, value, [by = '', attribute], named) => {
    const path = named.attribute ?? attribute;
    const items = run.items(value).map((item) => (path === undefined ? item : attributeOf(run, item, path)));
    return items.map((item) => run.text(item)).join(run.text(by));
  },
  reverse: (run, value) =>
    typeof value === 'string' || value instanceof Secret
      ? [...run.text(value)].reverse().join('')
      : [...run.items(value)].reverse(),
  sort: (run, value, [reverse = false, caseSensitive = false, attribute], named) => {
    const path = named.attribute ?? attribute;
    const exact = truthy(named.case_sensitive ?? caseSensitive);
    const key = keyOf(run, path, exact);
    const sign = truthy(named.reverse ?? reverse) ? -1 : 1;
    return [...run.items(value)].sort((a, b) => sign * order(key(a), key(b)));
  },
  flatten: (run, value, [levels], named) =>
    flatten(run.items(value), Number(named.levels ?? levels ?? Infinity)),
  min: (run, value) => extreme(run, run.items(value), -1),
  max: (run, value) => extreme(run, run.items(value), 1),
  sum: (run, value, [attribute, start = 0], named) => {
    const path = named.attribute ?? attribute;
    const items = run.items(value).map((item) => (path === undefined ? item : attributeOf(run, item, path)));
    if (items.every(Array.isArray) && Array.isArray(named.start ?? start))
      return [...((named.start ?? start) as unknown[]), ...items.flat()];
    const numbers = items.map(numberOf);
    if (numbers.includes(undefined)) throw new ExpressionError('sum needs numbers');
    const total = (numbers as number[]).reduce((a, b) => a + b, Number(named.start ?? start));
    return items.some((item) => item instanceof Float) ? new Float(total) : total;
  },
  zip: (run, value, others) => {
    const lists = [value, ...others].map((list) => run.items(list));
    const size = Math.min(...lists.map((list) => list.length));
    // Python has taken one more item of those before the shortest
    for (const list of lists)
      if (list.length > size) defined(list[size]);
      else break;
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
  batch: (run, value, [size]) => {
    const items = run.items(value);
    const step = Number(size);
    if (!(step >= 1)) throw new ExpressionError('batch needs a size');
    return Array.from({ length: Math.ceil(items.length / step) }, (_, i) =>
      items.slice(i * step, (i + 1) * step),
    );
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
  groupby: (run, value, [path, , caseSensitive = false], named) => {
    const attribute = path ?? named.attribute;
    const real = keyOf(run, attribute, true);
    const key = keyOf(run, attribute, truthy(named.case_sensitive ?? caseSensitive));
    const groups: unknown[][] = [];
    for (const item of [...run.items(value)].sort((a, b) => order(key(a), key(b)))) {
      const last = groups.at(-1);
      if (last && equal(key(last[0]), key(item))) last.push(item);
      else groups.push([item]);
    }
    return groups.map((items) => GroupTuple.of(real(items[0]), items));
  },
  dict2items: (run, value, _args, named) => {
    if (!isDict(value)) throw new ExpressionError('dict2items needs a mapping');
    const [key, item] = [run.text(named.key_name ?? 'key'), run.text(named.value_name ?? 'value')];
    return Object.entries(value).map(([name, inner]) => ({ [key]: name, [item]: inner }));
  },
  items2dict: (run, value, _args, named) => {
    run.items(value).forEach(dict);
    const [key, item] = [named.key_name ?? 'key', named.value_name ?? 'value'];
    return Object.fromEntries(
      run.items(value).map((entry) => [run.text(run.member(entry, key)), defined(run.member(entry, item))]),
    );
  },
  dictsort: (_, value) =>
    Object.entries(dict(value))
      .sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
      .map((pair) => Tuple.from(pair)),
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

function flatten(items: unknown[], levels: number): unknown[] {
  return items.flatMap((item) =>
    isNull(item) ? [] : Array.isArray(item) && levels > 0 ? flatten(item, levels - 1) : [item],
  );
}

function extreme(run: Evaluation, items: unknown[], sign: number): unknown {
  const key = keyOf(run, undefined, false);
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
