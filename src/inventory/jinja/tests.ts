// What may stand behind `is`.
import type { Evaluation } from './evaluate.js';
import {
  allDefined,
  defined,
  ExpressionError,
  equal,
  Float,
  isDict,
  isHashable,
  isIterable,
  isText,
  isUndefined,
  LazyMapping,
  NOTHING,
  numberOf,
  order,
  truthy,
} from './python.js';
import { pythonRegExp } from './regex.js';

export type Test = (run: Evaluation, value: unknown, args: unknown[]) => boolean;

const eq: Test = (_, value, [other]) => equal(value, other);
const compares =
  (fits: (found: number) => boolean): Test =>
  (_, value, [other]) =>
    fits(order(value, other));
const matches =
  (anchor: (pattern: string) => string): Test =>
  (run, value, [pattern, ignoreCase = false, multiline = false]) => {
    const flags = `${truthy(ignoreCase) ? 'i' : ''}${truthy(multiline) ? 'm' : ''}`;
    const text = run.text(value);
    return pythonRegExp(anchor(run.text(pattern)), flags, text).test(text);
  };
const search = matches((pattern) => pattern);

export const TESTS: Record<string, Test> = {
  defined: (_, value) => value !== NOTHING && !isUndefined(value),
  undefined: (_, value) => value === NOTHING || isUndefined(value),
  none: (_, value) => defined(value) === null,
  true: (_, value) => defined(value) === true,
  false: (_, value) => defined(value) === false,
  boolean: (_, value) => typeof defined(value) === 'boolean',
  number: (_, value) => numberOf(defined(value)) !== undefined,
  integer: (_, value) => typeof defined(value) === 'number' && Number.isInteger(value),
  float: (_, value) =>
    value instanceof Float || (typeof defined(value) === 'number' && !Number.isInteger(value)),
  string: (_, value) => isText(defined(value)),
  mapping: (_, value) => isDict(defined(value)) || value instanceof LazyMapping,
  sequence: (_, value) => isIterable(value),
  iterable: (_, value) => isIterable(value),
  truthy: (_, value) => truthy(value),
  falsy: (_, value) => !truthy(value),
  odd: (_, value) => Math.abs(integer(value) % 2) === 1,
  even: (_, value) => integer(value) % 2 === 0,
  divisibleby: (_, value, [by]) => integer(value) % integer(by) === 0,
  upper: (run, value) =>
    run.text(value) !== run.text(value).toLowerCase() && run.text(value) === run.text(value).toUpperCase(),
  lower: (run, value) =>
    run.text(value) !== run.text(value).toUpperCase() && run.text(value) === run.text(value).toLowerCase(),
  in: (run, value, [container]) => run.contains(container, value),
  contains: (run, value, [item]) => run.contains(value, item),
  equalto: eq,
  eq,
  sameas: (_, value, [other]) => (isText(value) ? equal(value, other) : value === other),
  '==': eq,
  ne: (_, value, [other]) => !equal(value, other),
  '!=': (_, value, [other]) => !equal(value, other),
  gt: compares((found) => found > 0),
  '>': compares((found) => found > 0),
  greaterthan: compares((found) => found > 0),
  ge: compares((found) => found >= 0),
  '>=': compares((found) => found >= 0),
  lt: compares((found) => found < 0),
  '<': compares((found) => found < 0),
  lessthan: compares((found) => found < 0),
  le: compares((found) => found <= 0),
  '<=': compares((found) => found <= 0),
  match: matches((pattern) => `^(?:${pattern})`),
  search,
  regex: search,
  all: (run, value) => run.items(value).every(truthy),
  any: (run, value) => run.items(value).some(truthy),
  version: (run, value, [other, operator = '==']) => {
    if (!truthy(value) || !truthy(other)) throw new ExpressionError('a version is needed');
    const sign = run.text(operator);
    if (!VERSION_OPERATORS.includes(sign))
      throw new ExpressionError(`version knows ${VERSION_OPERATORS.join(' ')}`);
    const compare = TESTS[({ '=': '==', '<>': '!=' } as Record<string, string>)[sign] ?? sign]!;
    return compare(run, versionParts(run.text(value)), [versionParts(run.text(other))]);
  },
  subset: (run, value, [other]) => isSubset(run, value, other),
  superset: (run, value, [other]) => isSubset(run, other, value),
};

const VERSION_OPERATORS = ['==', '=', 'eq', '<', 'lt', '<=', 'le', '>', 'gt', '>=', 'ge', '!=', '<>', 'ne'];

/** What a test may be told by name; others have one argument at most. */
export const TEST_PARAMETERS: Record<string, string> = {
  match: 'pattern ignorecase multiline',
  search: 'pattern ignorecase multiline',
  regex: 'pattern ignorecase multiline',
  version: 'version operator',
};

/** Ansible makes Python sets of both, which hold no lists and mappings. */
function isSubset(run: Evaluation, part: unknown, whole: unknown): boolean {
  const [few, many] = [run.items(part), run.items(whole)];
  allDefined([few, many]);
  if (![...few, ...many].every(isHashable))
    throw new ExpressionError('lists and mappings cannot be items of a set');
  return few.every((item) => run.contains(many, item));
}

function versionParts(text: string): unknown[] {
  if (text === '') throw new ExpressionError('a version is needed');
  const parts = text.split(/(\d+|[a-z]+|\.)/).filter((part) => part && part !== '.');
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}

function integer(value: unknown): number {
  const number = numberOf(defined(value));
  if (number === undefined) throw new ExpressionError('a number is needed');
  return number;
}
