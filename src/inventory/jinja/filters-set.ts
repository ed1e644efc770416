// Filters that make Python sets of lists, or compare item by item where an item is a list or a mapping.
import type { Evaluation } from './evaluate.js';
import type { Filter } from './filters.js';
import { keyOf } from './filters-collection.js';
import { ExpressionError, equal, isHashable, isIterable, truthy } from './python.js';

export const SET_FILTERS: Record<string, Filter> = {
  unique: (run, value, [caseSensitive = false, path]) => {
    const items = run.items(value);
    const keys = items.map(keyOf(run, path, truthy(caseSensitive)));
    if (keys.every(isHashable)) return items.filter((_, at) => isFirst(keys, at));
    if (path !== undefined) throw new ExpressionError('unique cannot compare lists and mappings');
    return unique(items);
  },
  union: (run, value, [other]) => union(run, value, other),
  intersect: (run, value, [other]) => {
    const both = shared(run, value, other, true);
    if (!areSets(run, value, other)) return both;
    const [ours, theirs] = [value, other].map((one) => unique(run.items(one))) as [unknown[], unknown[]];
    // of equal items, as 1 and true, a set of Python keeps that of the smaller one
    return theirs.length > ours.length ? both : both.map((item) => theirs.find((one) => equal(one, item)));
  },
  difference: (run, value, [other]) => shared(run, value, other, false),
  symmetric_difference: (run, value, [other]) => {
    const both = shared(run, value, other, true);
    return union(run, value, other).filter((item) => !run.contains(both, item));
  },
};

const areSets = (run: Evaluation, ...values: unknown[]): boolean =>
  values.every((value) => isIterable(value) && run.items(value).every(isHashable));

const isFirst = (items: unknown[], at: number): boolean =>
  items.findIndex((other) => equal(items[at], other)) === at;
const unique = (items: unknown[]): unknown[] => items.filter((_, at) => isFirst(items, at));

function union(run: Evaluation, value: unknown, other: unknown): unknown[] {
  if (!areSets(run, value, other) && !(Array.isArray(value) && Array.isArray(other)))
    throw new ExpressionError('union needs lists');
  return unique([...run.items(value), ...run.items(other)]);
}

/** The items of a value that are in another one, or are not. */
function shared(run: Evaluation, value: unknown, other: unknown, wanted: boolean): unknown[] {
  // in a set of its characters a text has no parts
  const whole = areSets(run, value, other) ? run.items(other) : other;
  return unique(run.items(value).filter((item) => run.contains(whole, item) === wanted));
}
