// Filters that make a number of a value, or a boolean.
import { Secret } from '../../secret.js';
import type { Evaluation } from './evaluate.js';
import type { Filter } from './filters.js';
import { ExpressionError, Float, numberOf } from './python.js';

export const NUMBER_FILTERS: Record<string, Filter> = {
  int: (run, value, [other = 0, base = 10]) => integer(run, value, other, Number(base)),
  float: (run, value, [other = new Float(0)]) => {
    const number = numberOf(value) ?? textNumber(run, value);
    return number === undefined ? other : new Float(number);
  },
  abs: (_, value) => alike(value, Math.abs(numberNeeded(value))),
  pow: (_, value, [exponent]) => new Float(real(numberNeeded(value) ** numberNeeded(exponent), value)),
  root: (_, value, [base = 2]) => {
    const [number, by] = [numberNeeded(value), numberNeeded(base)];
    return new Float(real(by === 2 ? Math.sqrt(number) : number ** (1 / by), value));
  },
  log: (_, value, [base = Math.E]) => {
    const [number, by] = [numberNeeded(value), numberNeeded(base)];
    return new Float(real(by === 10 ? Math.log10(number) : Math.log(number) / Math.log(by), value));
  },
  round: (_, value, [digits = 0, method = 'common']) => {
    const number = numberNeeded(value);
    const places = Number(digits);
    if (method === 'common')
      return isInteger(value) && places >= 0 ? Number(value) : new Float(rounded(number, places));
    if (method !== 'ceil' && method !== 'floor')
      throw new ExpressionError('round knows common, ceil and floor');
    if (!Number.isFinite(number)) throw new ExpressionError(`${number} has no whole number`);
    const scale = 10 ** places;
    return new Float((Math[method](number * scale) || 0) / scale);
  },
  bool: (run, value) => ['yes', 'on', '1', '1.0', 'true', 't', 'y'].includes(run.text(value).toLowerCase()),
};

const isInteger = (value: unknown): boolean =>
  typeof value === 'boolean' || (typeof value === 'number' && Number.isInteger(value));
const alike = (like: unknown, result: number): unknown =>
  like instanceof Float ? new Float(result) : result;

function real(result: number, of: unknown): number {
  if (Number.isNaN(result) || (!Number.isFinite(result) && Number.isFinite(numberOf(of))))
    throw new ExpressionError('the result is not a number');
  return result;
}

/** To the nearest, and from exactly between two to the even one, by the number's exact digits. */
export function rounded(number: number, places: number): number {
  if (!Number.isFinite(number)) return number;
  if (places < 0) return rounded(number * 10 ** places, 0) / 10 ** places;
  const digits = Math.abs(number).toFixed(Math.min(100, places + 60));
  const cut = digits.length - (Math.min(100, places + 60) - places);
  const [kept, rest] = [digits.slice(0, cut).replace(/\.$/, ''), digits.slice(cut)];
  if (!/^5?0*$/.test(rest)) return Number(number.toFixed(places));
  const even = /[02468]$/.test(kept);
  const down = Number(kept);
  return (
    Math.sign(number) *
    (rest.startsWith('5') && !even ? Number((down + 10 ** -places).toFixed(places)) : down)
  );
}

function textNumber(run: Evaluation, value: unknown): number | undefined {
  return typeof value === 'string' || value instanceof Secret ? numeric(run.text(value)) : undefined;
}

function numeric(value: string): number | undefined {
  const trimmed = value.trim().toLowerCase();
  const word = /^([+-]?)(?:(inf|infinity)|(nan))$/.exec(trimmed);
  if (word) return word[3] ? Number.NaN : word[1] === '-' ? -Infinity : Infinity;
  if (/__|^_|_$/.test(trimmed)) return undefined;
  const plain = trimmed.replaceAll('_', '');
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/.test(plain) ? Number(plain) : undefined;
}

function integer(run: Evaluation, value: unknown, other: unknown, base: number): unknown {
  // of a text it is only no number
  if (Math.abs(numberOf(value) ?? 0) === Infinity) throw new ExpressionError('infinity is no integer');
  const text = typeof value === 'string' || value instanceof Secret ? run.text(value).trim() : undefined;
  const number =
    (text !== undefined && base !== 10 ? inBase(text, base) : undefined) ??
    numberOf(value) ??
    textNumber(run, value);
  if (number === undefined || !Number.isFinite(number)) return other;
  if (Math.abs(number) > Number.MAX_SAFE_INTEGER) throw new ExpressionError('the number is too large');
  return Math.trunc(number) || 0;
}

function inBase(text: string, base: number): number | undefined {
  const [, sign, mark, digits] = /^([+-]?)(0[xob])?(\w+)$/i.exec(text) ?? [];
  const marked = mark && { x: 16, o: 8, b: 2 }[mark[1]!.toLowerCase() as 'x'];
  if (digits === undefined || (marked && base !== 0 && marked !== base)) return undefined;
  const by = base || marked || 10;
  const fits = [...digits.toLowerCase()].every((digit) => Number.parseInt(digit, 36) < by);
  return fits ? (sign === '-' ? -1 : 1) * Number.parseInt(digits, by) : undefined;
}

function numberNeeded(value: unknown): number {
  const number = numberOf(value);
  if (number === undefined) throw new ExpressionError('a number is needed');
  return number;
}
