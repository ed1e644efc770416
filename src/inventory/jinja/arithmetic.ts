// + - * / // % ** ~ and signs, in Jinja's order of precedence and with Python's results.
import { Secret } from '../../secret.js';
import type { Node } from '../jinja.js';
import { rounded } from './filters-number.js';
import { defined, ExpressionError, Float, isDict, numberOf, Tuple, typeName } from './python.js';

const SUMS = ['Add', 'Sub', 'Concat'];
const PRODUCTS = ['Mul', 'Div', 'FloorDiv', 'Mod'];

type Eval = (node: Node) => unknown;
interface Texts {
  text(value: unknown): string;
}

export function arithmetic(node: Node, evaluate: Eval, texts: Texts): unknown {
  const type = node.typename;
  if (SUMS.includes(type)) return sum(node, evaluate, texts);
  if (PRODUCTS.includes(type)) {
    const [first, ...rest] = flat(node, PRODUCTS);
    return rest.reduce<unknown>(
      (left, step) => apply(step.operator, left, evaluate(step.node), texts),
      evaluate(first!.node),
    );
  }
  if (type === 'Pow') return apply('Pow', evaluate(node.left as Node), evaluate(node.right as Node), texts);
  if (type === 'Neg' || type === 'Pos') {
    const value = defined(evaluate(node.target as Node));
    const number = numberOf(value);
    if (number === undefined) throw new ExpressionError(`${typeName(value)} has no sign`);
    const signed = type === 'Neg' ? -number : number;
    return value instanceof Float ? new Float(signed) : signed || 0;
  }
  throw new ExpressionError(`${type} is not supported`);
}

type Step = { operator: string; node: Node };

/** nunjucks nests operators of one level by kind; written out in a row they can be taken from left to right. */
function flat(node: Node, level: string[], operator = ''): Step[] {
  if (!level.includes(node.typename)) return [{ operator, node }];
  return [...flat(node.left as Node, level, operator), ...flat(node.right as Node, level, node.typename)];
}

/** `~` binds tighter than + and - in Jinja. */
function sum(node: Node, evaluate: Eval, texts: Texts): unknown {
  let left: unknown;
  let pending: { operator: string; value: unknown } | undefined;
  const settle = (): void => {
    if (!pending) return;
    left = pending.operator === '' ? pending.value : apply(pending.operator, left, pending.value, texts);
  };
  for (const step of flat(node, SUMS)) {
    const value = evaluate(step.node);
    if (step.operator === 'Concat') pending!.value = texts.text(pending!.value) + texts.text(value);
    else {
      settle();
      pending = { operator: step.operator, value };
    }
  }
  settle();
  return left;
}

function apply(operator: string, a: unknown, b: unknown, texts: Texts): unknown {
  const [left, right] = [defined(a), defined(b)];
  const [x, y] = [numberOf(left), numberOf(right)];
  if (x === undefined || y === undefined) return joined(operator, left, right, texts);
  const isFloat = (value: unknown): boolean => value instanceof Float || !Number.isInteger(numberOf(value));
  const float = operator === 'Div' || isFloat(left) || isFloat(right);
  const result = calculate(operator, x, y);
  if (!float && !Number.isSafeInteger(result) && Number.isInteger(x) && Number.isInteger(y) && !(y < 0))
    throw new ExpressionError('the result is too large');
  return float || (operator === 'Pow' && y < 0) ? new Float(result) : result || 0;
}

function calculate(operator: string, x: number, y: number): number {
  if (['Div', 'FloorDiv', 'Mod'].includes(operator) && y === 0) throw new ExpressionError('division by zero');
  switch (operator) {
    case 'Add':
      return x + y;
    case 'Sub':
      return x - y;
    case 'Mul':
      return x * y;
    case 'Div':
      return x / y;
    case 'FloorDiv':
      return Math.floor(x / y);
    case 'Mod':
      return x - y * Math.floor(x / y);
    default:
      return x ** y;
  }
}

function joined(operator: string, left: unknown, right: unknown, texts: Texts): unknown {
  if (operator === 'Mul' && typeof left === 'number' && typeof right !== 'number')
    return joined(operator, right, left, texts);
  const string = (value: unknown): boolean => typeof value === 'string' || value instanceof Secret;
  if (operator === 'Add' && string(left) && string(right)) return texts.text(left) + texts.text(right);
  if (
    operator === 'Add' &&
    Array.isArray(left) &&
    Array.isArray(right) &&
    left instanceof Tuple === right instanceof Tuple
  )
    return left instanceof Tuple ? Tuple.from([...left, ...right]) : [...left, ...right];
  if (operator === 'Mul' && string(left) && typeof right === 'number')
    return texts.text(left).repeat(Math.max(0, right));
  if (operator === 'Mul' && Array.isArray(left) && typeof right === 'number')
    return Array.from({ length: Math.max(0, right) }, () => left).flat();
  if (operator === 'Mod' && string(left))
    return format(texts, texts.text(left), right instanceof Tuple ? right : [right], isDict(right));
  throw new ExpressionError(
    `${operator.toLowerCase()} does not go with ${typeName(left)} and ${typeName(right)}`,
  );
}

/** Python's `%` formatting, the part that host names and ports need. */
export function format(texts: Texts, pattern: string, values: unknown[], isSpare = false): string {
  let next = 0;
  const text = pattern.replace(
    /%(%|(0?)(-?)(\d*)(?:\.(\d+))?([sdifxr])|.?)/g,
    (all, what: string, zero, minus, width, digits, kind) => {
      if (what === '%') return '%';
      if (!kind) throw new ExpressionError(`the format ${all} is not supported`);
      if (next >= values.length) throw new ExpressionError('too few values for the format');
      const value = defined(values[next++]);
      const number = numberOf(value);
      let shown = [...texts.text(value)]
        .slice(0, digits && kind === 's' ? Number(digits) : undefined)
        .join('');
      if (kind !== 's') {
        if (number === undefined || kind === 'r') throw new ExpressionError(`${all} needs a number`);
        shown =
          kind === 'f'
            ? rounded(number, Number(digits ?? 6)).toFixed(Number(digits ?? 6))
            : String(Math.trunc(number));
        if (kind === 'x') shown = Math.trunc(number).toString(16);
      }
      const room = ' '.repeat(Math.max(0, Number(width) - [...shown].length));
      if (minus) return shown + room;
      return zero && kind !== 's' ? shown.replace(/^-?/, `$&${room.replaceAll(' ', '0')}`) : room + shown;
    },
  );
  if (next < values.length && !isSpare) throw new ExpressionError('too many values for the format');
  return text;
}
