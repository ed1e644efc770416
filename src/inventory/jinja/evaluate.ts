// Evaluates the tree of a template with Python's semantics; nunjucks' own runtime would use JavaScript's.
import { type Node, parseTemplate } from '../jinja.js';
import { access, member } from './access.js';
import { bound } from './arguments.js';
import { arithmetic } from './arithmetic.js';
import { FILTER_PARAMETERS, FILTERS, MAY_BE_UNDEFINED, TAKES_ALL, TAKES_UNDEFINED } from './filters.js';
import { globals } from './globals.js';
import {
  allDefined,
  deferred,
  defined,
  ExpressionError,
  equal,
  isDict,
  isMissing,
  isText,
  LazyMapping,
  listed,
  NOTHING,
  order,
  pythonText,
  Tuple,
  truthy,
  typeName,
  Undefined,
} from './python.js';
import { runStatements } from './statements.js';
import { TEST_PARAMETERS, TESTS } from './tests.js';

/** Where names come from. */
export interface Scope {
  /** undefined when there is no such variable. */
  lookup(name: string): unknown;
  readonly env: NodeJS.ProcessEnv;
  /** Relative paths in `lookup('file', …)` start here. */
  readonly folder: string;
}

/** Variables of loops and {% set %}. */
export type Locals = Map<string, unknown>;

export type Call = (args: unknown[], named: Record<string, unknown>) => unknown;

/** One evaluation. Remembers whether a secret went into the text that it built. */
export class Evaluation {
  tainted = false;
  readonly #globals: Record<string, Call>;

  constructor(readonly scope: Scope) {
    this.#globals = globals(this);
  }

  /** The value of a template: with a single output its own type, else the text. */
  template(source: string): unknown {
    // Jinja leaves out one newline at the end, and Ansible puts it back behind a text
    const root = parseTemplate(source.replace(/\n$/, ''));
    const parts: unknown[] = [];
    runStatements(this, root, new Map(), parts);
    if (parts.length === 0) return null;
    if (parts.length === 1 && typeof parts[0] !== 'string') return parts[0];
    const text = parts.map((part) => (part === null ? '' : this.text(listed(part)))).join('');
    return text + '\n'.repeat(Math.max(0, newlinesAtEnd(source) - newlinesAtEnd(text)));
  }

  text(value: unknown): string {
    return pythonText(value, (secret) => {
      this.tainted = true;
      return secret.reveal();
    });
  }

  /** What a loop over a value gives: items of a list, keys of a mapping, characters of a text. */
  items(value: unknown): unknown[] {
    const it = defined(value);
    if (Array.isArray(it)) return it;
    if (it instanceof LazyMapping) return it.keys();
    if (isDict(it)) return Object.keys(it);
    if (isText(it) || it === NOTHING) return [...this.text(it)];
    throw new ExpressionError(`${typeName(it)} is not a list`);
  }

  evaluate(node: Node, locals: Locals): unknown {
    const sub = (field: string): unknown => this.evaluate(node[field] as Node, locals);
    switch (node.typename) {
      case 'Literal':
        if (node.value instanceof RegExp) throw new ExpressionError('r/…/ is not Jinja');
        return node.value;
      case 'Symbol':
        return this.#name(String(node.value), locals);
      case 'Group':
        return node.children!.length === 1 && !node.comma
          ? this.evaluate(node.children![0]!, locals)
          : Tuple.from(this.#list(node, locals));
      case 'Array':
        return this.#list(node, locals);
      case 'Dict':
        return Object.fromEntries(
          node.children!.map((pair) => [
            this.text(this.evaluate(pair.key as Node, locals)),
            this.evaluate(pair.value as Node, locals),
          ]),
        );
      case 'InlineIf':
        if (truthy(sub('cond'))) return sub('body');
        return node.else_ ? sub('else_') : NOTHING;
      case 'And': {
        const left = sub('left');
        return truthy(left) ? sub('right') : left;
      }
      case 'Or': {
        const left = sub('left');
        return truthy(left) ? left : sub('right');
      }
      case 'Not':
        return !truthy(sub('target'));
      case 'In':
        return this.contains(sub('right'), sub('left'));
      case 'Is':
        return this.#is(node, locals);
      case 'Compare':
        return this.#compare(node, locals);
      case 'LookupVal':
        return access(this, node, locals);
      case 'FunCall':
        return this.#call(node, locals);
      case 'Filter': {
        const [input, ...rest] = (node.args as Node).children!;
        const { args, named } = this.#arguments(rest, locals);
        return this.filter(String((node.name as Node).value), this.evaluate(input!, locals), args, named);
      }
      default:
        return arithmetic(node, (part) => this.evaluate(part, locals), this);
    }
  }

  #list(node: Node, locals: Locals): unknown[] {
    return node.children!.map((child) => this.evaluate(child, locals));
  }

  #name(name: string, locals: Locals): unknown {
    if (locals.has(name)) return locals.get(name);
    if (name === 'True' || name === 'False') return name === 'True';
    if (name === 'None') return null;
    const value = this.scope.lookup(name);
    if (value !== undefined) return value;
    return Object.hasOwn(this.#globals, name) ? this.#globals[name] : new Undefined(name);
  }

  #compare(node: Node, locals: Locals): boolean {
    let left = this.evaluate(node.expr as Node, locals);
    for (const operand of node.ops as Node[]) {
      const right = this.evaluate(operand.expr as Node, locals);
      if (!compared(String(operand.type), left, right)) return false;
      left = right;
    }
    return true;
  }

  contains(container: unknown, item: unknown): boolean {
    const it = defined(container);
    // as in Python, nothing is compared with what is in an empty list
    if (Array.isArray(it) && it.length === 0) return false;
    defined(item);
    if (isText(it)) {
      if (!isText(item)) throw new ExpressionError(`${typeName(item)} is not in a text`);
      return this.text(it).includes(this.text(item));
    }
    if (it instanceof LazyMapping) return it.has(this.text(item));
    return this.items(it).some((other) => equal(other, item));
  }

  #is(node: Node, locals: Locals): unknown {
    const { args, named } = this.#arguments(node.children!, locals);
    const [name, value] = [String(node.name), this.evaluate(node.target as Node, locals)];
    return deferred(name, () => this.test(name, value, args, named));
  }

  test(fullName: string, value: unknown, args: unknown[], named: Record<string, unknown>): boolean {
    const name = fullName.replace(BUILTIN, '');
    const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
    if (!test) throw new ExpressionError(`the test ${fullName} is not supported`);
    if (name !== 'defined' && name !== 'undefined') [value, ...args].forEach(defined);
    return test(this, value, bound(name, TEST_PARAMETERS[name] ?? 'its', args, named)[0]);
  }

  /** `value[key]` or `value.key`. */
  member(value: unknown, key: unknown): unknown {
    return member(this, value, key);
  }

  #call(node: Node, locals: Locals): unknown {
    const callee = this.evaluate(node.name as Node, locals);
    const { args, named } = this.#arguments((node.args as Node).children!, locals);
    const missing = [callee, ...args, ...Object.values(named)].find(isMissing);
    if (missing) return missing;
    return deferred('an answer', () => {
      if (typeof callee !== 'function') throw new ExpressionError(`${typeName(callee)} cannot be called`);
      return (callee as Call)(args, named);
    });
  }

  #arguments(nodes: Node[], locals: Locals) {
    const args: unknown[] = [];
    const named: Record<string, unknown> = {};
    for (const node of nodes)
      if (node.typename === 'KeywordArgs')
        for (const pair of node.children!)
          named[String((pair.key as Node).value)] = this.evaluate(pair.value as Node, locals);
      else args.push(this.evaluate(node, locals));
    return { args, named };
  }

  filter(fullName: string, value: unknown, args: unknown[], named: Record<string, unknown> = {}): unknown {
    const name = fullName.replace(BUILTIN, '');
    const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (!filter) throw new ExpressionError(`the filter ${fullName} is not supported`);
    // as in Ansible what is made of something undefined is undefined too
    const missing = [value, ...args, ...Object.values(named)].find(isMissing);
    if (missing && !TAKES_UNDEFINED.includes(name)) return missing;
    return deferred(name, () => {
      if (TAKES_ALL.includes(name)) allDefined([value, ...args]);
      const made = filter(this, value, ...bound(name, FILTER_PARAMETERS[name], args, named));
      return MAY_BE_UNDEFINED.includes(name) ? made : allDefined(made);
    });
  }
}

const BUILTIN = /^ansible\.(?:builtin|legacy)\./;
const newlinesAtEnd = (text: string): number => /\n*$/.exec(text)![0].length;

function compared(operator: string, left: unknown, right: unknown): boolean {
  if (operator === '==') return equal(left, right);
  if (operator === '!=') return !equal(left, right);
  if (operator === '===' || operator === '!==') throw new ExpressionError(`${operator} is not Jinja`);
  const found = order(left, right);
  return operator === '<'
    ? found < 0
    : operator === '>'
      ? found > 0
      : operator === '<='
        ? found <= 0
        : found >= 0;
}
