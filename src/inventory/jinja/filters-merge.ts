// `combine`: mappings laid over each other, with their lists joined as asked.
import type { Filter } from './filters.js';
import { allDefined, defined, ExpressionError, equal, isDict, truthy } from './python.js';

type Dict = Record<string, unknown>;
type Join = (old: unknown[], added: unknown[]) => unknown[];

const without = (list: unknown[], other: unknown[]): unknown[] =>
  list.filter((item) => !other.some((one) => equal(one, item)));
const JOINS: Record<string, Join> = {
  replace: (_, added) => added,
  keep: (old) => old,
  append: (old, added) => [...old, ...added],
  prepend: (old, added) => [...added, ...old],
  append_rp: (old, added) => [...without(old, added), ...added],
  prepend_rp: (old, added) => [...added, ...without(old, added)],
};

export const combine: Filter = (run, value, others, named) => {
  const rule = run.text(named.list_merge ?? 'replace');
  const join = Object.hasOwn(JOINS, rule) ? JOINS[rule]! : undefined;
  if (!join) throw new ExpressionError(`combine knows no list_merge=${rule}`);
  const deep = named.recursive !== undefined && truthy(named.recursive);
  allDefined([value, ...others]);
  const all = [value, ...others]
    .flatMap((other) => (Array.isArray(other) ? other : [other]))
    .filter((other) => !isNull(other));
  if (all.length === 0) return {};
  // from the end, as in Ansible: what stands between may be no mapping of lists
  return all.reduceRight((over, under) => combined(dict(under), dict(over), deep, join));
};

/** What Ansible's `flatten` leaves out. */
export const isNull = (value: unknown): boolean => value === null || value === 'None' || value === 'null';

export function dict(value: unknown): Dict {
  if (!isDict(defined(value))) throw new ExpressionError('a mapping is needed');
  return value as Dict;
}

function combined(under: Dict, over: Dict, deep: boolean, join: Join): Dict {
  // equal lists are not joined
  if (equal(under, over)) return over;
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const old = Object.hasOwn(result, key) ? result[key] : undefined;
    if (isDict(old) && isDict(value)) result[key] = deep ? combined(old, value, deep, join) : value;
    else result[key] = Array.isArray(old) && Array.isArray(value) ? join(old, value) : value;
  }
  return result;
}
