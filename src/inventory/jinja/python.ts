// Values as Python sees them inside an expression: truth, equality, order, text.
import { Secret } from '../../secret.js';
import { Float } from '../../yaml.js';

export { Float };

/**
 * Something an expression names that is not there. Using it is an error; `default` and `is defined` are not uses.
 * With a cause it is a variable, or an item of one, whose own value could not be evaluated.
 */
export class Undefined {
  constructor(
    readonly name: string,
    readonly cause?: Error,
  ) {}
}

/** An `if` without an else that has no value: no text, no items, and nothing that a variable could hold. */
class Nothing {}
export const NOTHING = Object.freeze(new Nothing());

/** `{{ omit }}`: the variable, or the item of a list or mapping, counts as not set. */
export const OMIT = '__hxllm_omit__';

/** A list that prints in round brackets. What is made of it is a list again. */
export class Tuple extends Array<unknown> {
  static override get [Symbol.species]() {
    return Array;
  }
}

/** What `groupby` gives: its two items have names, too. */
export class GroupTuple extends Tuple {}

/** A mapping whose values are evaluated when they are asked for: `hostvars`, `vars`. */
export class LazyMapping {
  constructor(
    readonly keys: () => string[],
    readonly get: (key: string) => unknown,
    readonly has: (key: string) => boolean,
  ) {}
}

/** What an expression that goes wrong throws; whoever knows the place adds it. */
export class ExpressionError extends Error {}
class UndefinedError extends ExpressionError {}

/** The value of something evaluated later: undefined when nothing more is wrong with it than that. */
export function deferred(name: string, evaluate: () => unknown): unknown {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return new Undefined(name, error);
  }
}

/** Whether something was not found or could not be evaluated: nothing is wrong with that until it is used. */
export const isMissing = (value: unknown): value is Undefined => value instanceof Undefined;

/** Whether something was not found; what went wrong otherwise is thrown. */
export function isUndefined(value: unknown): value is Undefined {
  if (!isMissing(value)) return false;
  const { cause } = value;
  if (cause && !(cause instanceof UndefinedError) && !(cause.cause instanceof UndefinedError)) throw cause;
  return true;
}

/** Throws for what is undefined in a list or mapping, however deep. */
export function allDefined(value: unknown): unknown {
  if (Array.isArray(value)) value.forEach(allDefined);
  else if (isDict(value)) Object.values(value).forEach(allDefined);
  else if (!(value instanceof LazyMapping)) defined(value);
  return value;
}

export function defined<T>(value: T | Undefined): T {
  if (value instanceof Undefined) throw value.cause ?? new UndefinedError(`${value.name} is undefined`);
  return value;
}

export function truthy(value: unknown): boolean {
  const it = defined(value);
  if (it instanceof Float) return it.value !== 0;
  if (it instanceof Secret) return it.reveal() !== '';
  if (Array.isArray(it)) return it.length > 0;
  if (it instanceof LazyMapping) return it.keys().length > 0;
  if (typeof it === 'object' && it !== null) return Object.keys(it).length > 0;
  return Number.isNaN(it) || Boolean(it);
}

export function isDict(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

export const isIterable = (value: unknown): boolean => Array.isArray(value) || isText(value) || isDict(value);

export const isText = (value: unknown): value is string | Secret =>
  typeof value === 'string' || value instanceof Secret;

/** Plain number of a number, float or boolean; undefined for anything else. */
export function numberOf(value: unknown): number | undefined {
  if (value instanceof Float) return value.value;
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' ? value : undefined;
}

/** Whether Python takes it as an item of a set or as a key. */
export function isHashable(value: unknown): boolean {
  return value instanceof Tuple ? value.every(isHashable) : !Array.isArray(value) && !isDict(value);
}

export function equal(a: unknown, b: unknown): boolean {
  const [left, right] = [defined(a), defined(b)].map((v) => (v instanceof Secret ? v.reveal() : v));
  const [x, y] = [numberOf(left), numberOf(right)];
  if (x !== undefined || y !== undefined) return x === y;
  if (Array.isArray(left) && Array.isArray(right))
    return (
      left instanceof Tuple === right instanceof Tuple &&
      left.length === right.length &&
      left.every((item, i) => equal(item, right[i]))
    );
  if (isDict(left) && isDict(right)) {
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((k) => Object.hasOwn(right, k) && equal(left[k], right[k]))
    );
  }
  return left === right;
}

/** Negative, zero or positive; an error for what Python does not order. */
export function order(a: unknown, b: unknown): number {
  const [left, right] = [defined(a), defined(b)].map((v) => (v instanceof Secret ? v.reveal() : v));
  const [x, y] = [numberOf(left), numberOf(right)];
  if (x !== undefined && y !== undefined) return x - y;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  if (Array.isArray(left) && Array.isArray(right)) {
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      if (!equal(left[i], right[i])) return order(left[i], right[i]);
    }
    return left.length - right.length;
  }
  throw new ExpressionError(`${typeName(left)} and ${typeName(right)} cannot be compared`);
}

export function typeName(value: unknown): string {
  if (value === null) return 'none';
  if (value instanceof Float) return 'a number';
  if (Array.isArray(value)) return 'a list';
  if (value === NOTHING) return 'an if without else';
  if (typeof value === 'object') return value instanceof Secret ? 'a secret' : 'a mapping';
  if (typeof value === 'function') return 'a function';
  return `a ${typeof value}`;
}

/** `str(value)`. `reveal` gives the text of a secret. */
export function pythonText(value: unknown, reveal: (secret: Secret) => string): string {
  const it = defined(value);
  if (typeof it === 'string') return it;
  if (it instanceof Secret) return reveal(it);
  if (it === NOTHING) return '';
  return pythonRepr(it, reveal);
}

function pythonRepr(value: unknown, reveal: (secret: Secret) => string): string {
  const it = defined(value);
  if (it === null) return 'None';
  if (it === NOTHING) return 'Undefined';
  if (it === true) return 'True';
  if (it === false) return 'False';
  if (it instanceof Secret) return quoted(reveal(it));
  if (it instanceof Float) return String(it);
  if (typeof it === 'number') return String(Number.isInteger(it) ? it : new Float(it));
  if (typeof it === 'string') return quoted(it);
  if (it instanceof Tuple)
    return `(${it.map((item) => pythonRepr(item, reveal)).join(', ')}${it.length === 1 ? ',' : ''})`;
  if (Array.isArray(it)) return `[${it.map((item) => pythonRepr(item, reveal)).join(', ')}]`;
  if (isDict(it))
    return `{${Object.entries(it)
      .map(([key, item]) => `${quoted(key)}: ${pythonRepr(item, reveal)}`)
      .join(', ')}}`;
  throw new ExpressionError(`${typeName(it)} has no text`);
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\r', '\\r');
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** The value of a template, for other expressions too: an error for what cannot be one. Items may still be undefined. */
export function settled(value: unknown): unknown {
  const it = defined(value);
  if (it instanceof LazyMapping) throw new ExpressionError('a whole host cannot be a value');
  if (typeof it === 'function') throw new ExpressionError('a function is not a value');
  if (it === NOTHING) throw new ExpressionError('an if without else has no value');
  if (Array.isArray(it)) {
    const items = it.filter((item) => item !== OMIT).map(settledItem);
    return it instanceof Tuple ? Tuple.from(items) : items;
  }
  if (!isDict(it)) return it;
  const pairs = Object.entries(it).filter(([, item]) => item !== OMIT);
  return Object.fromEntries(pairs.map(([key, item]) => [key, settledItem(item)]));
}

const settledItem = (item: unknown): unknown =>
  item instanceof Undefined || item === NOTHING ? item : settled(item);

/** JSON-like value for the outside: floats become numbers. */
export function outward(given: unknown): unknown {
  const value = defined(given);
  if (value === NOTHING) settled(value);
  if (value instanceof Float) return value.value;
  if (Array.isArray(value)) return value.map(outward);
  if (isDict(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, outward(item)]));
  return value;
}

/** As Ansible puts a value into a text: every tuple but those of groupby is a list by then. */
export function listed(value: unknown): unknown {
  if (value instanceof GroupTuple) return value;
  if (Array.isArray(value)) return value.filter((item) => item !== OMIT).map(listed);
  if (!isDict(value)) return value;
  const pairs = Object.entries(value).filter(([, item]) => item !== OMIT);
  return Object.fromEntries(pairs.map(([key, item]) => [key, listed(item)]));
}
