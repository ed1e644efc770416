// Members, items and slices of values.
import { Secret } from '../../secret.js';
import type { Node } from '../jinja.js';
import type { Evaluation, Locals } from './evaluate.js';
import { method } from './methods.js';
import {
  defined,
  ExpressionError,
  GroupTuple,
  isDict,
  isMissing,
  isText,
  LazyMapping,
  NOTHING,
  typeName,
  Undefined,
} from './python.js';

/** `target[key]`, `target.key` and `target[start:stop:step]` as they stand in a template. */
export function access(run: Evaluation, node: Node, locals: Locals): unknown {
  const target = run.evaluate(node.target as Node, locals);
  const key = node.val as Node;
  if (key.typename !== 'Slice') return member(run, target, run.evaluate(key, locals));
  if (isMissing(target)) return target;
  const it = target;
  if (isDict(it)) throw new ExpressionError('a mapping has no slices');
  const all = isText(it) ? [...run.text(it)] : run.items(it);
  const [start, stop, step] = [0, 1, 2].map((i) => {
    const part = (key.parts as (Node | undefined)[])[i];
    const value = part && run.evaluate(part, locals);
    if (value === undefined || value === null || Number.isInteger(value))
      return (value ?? undefined) as number | undefined;
    throw new ExpressionError('a slice needs whole numbers');
  });
  const cut = sliced(all, start, stop, step ?? 1);
  return Array.isArray(it) ? cut : cut.join('');
}

/** `value[key]` or `value.key`. */
export function member(run: Evaluation, value: unknown, key: unknown): unknown {
  if (isMissing(value)) return value;
  if (value === NOTHING) throw new ExpressionError('an if without else has no value');
  const name = key instanceof Secret ? run.text(key) : defined(key);
  const missing = new Undefined(`${String(name)} of ${typeName(value)}`);
  if (value instanceof LazyMapping) {
    const item = value.get(String(name));
    return item === undefined ? (method(run, value, String(name)) ?? missing) : item;
  }
  if (value instanceof GroupTuple && (name === 'grouper' || name === 'list'))
    return value[name === 'list' ? 1 : 0];
  if (Array.isArray(value) && typeof name === 'number') {
    const item = value.at(name);
    return item === undefined ? missing : item;
  }
  if (isDict(value) && Object.hasOwn(value, String(name))) return value[String(name)];
  if (isText(value) && typeof name === 'number') return [...run.text(value)].at(name) ?? missing;
  return method(run, value, String(name)) ?? missing;
}

/** Python's `items[start:stop:step]`. */
function sliced(items: unknown[], start?: number, stop?: number, step = 1): unknown[] {
  if (step === 0) throw new ExpressionError('a slice cannot have the step 0');
  const size = items.length;
  const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
  const place = (index: number): number => Math.min(Math.max(index < 0 ? index + size : index, low), high);
  const from = start === undefined ? (step > 0 ? low : high) : place(start);
  const to = stop === undefined ? (step > 0 ? high : low) : place(stop);
  const picked: unknown[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) picked.push(items[at]);
  return picked;
}
