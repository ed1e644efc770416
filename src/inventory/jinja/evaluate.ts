// Evaluates the tree of a template with Python's semantics; nunjucks' own runtime would use JavaScript's.
import { Secret } from '../../secret.js';
import { isTemplate, type Node, parseTemplate } from '../jinja.js';
import { arithmetic } from './arithmetic.js';
import { FILTERS } from './filters.js';
import { globals } from './globals.js';
import { method } from './methods.js';
import {
  defined,
  ExpressionError,
  equal,
  Float,
  isDict,
  LazyMapping,
  order,
  pythonText,
  truthy,
  typeName,
  Undefined,
} from './python.js';
import { TESTS } from './tests.js';

/** Where names come from. */
export interface Scope {
  /** undefined when there is no such variable. */
  lookup(name: string): unknown;
  readonly env: NodeJS.ProcessEnv;
  /** Relative paths in `lookup('file', …)` start here. */
  readonly folder: string;
}

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
    // as Jinja, one newline at the end does not count
    const root = parseTemplate(source.replace(/\n$/, ''));
    const parts: unknown[] = [];
    this.#run(root, new Map(), parts);
    if (parts.length === 0) return null;
    if (parts.length === 1) return parts[0];
    return parts.map((part) => (part === null ? '' : this.text(part))).join('');
  }

  /** A string that may be a template, for filters and lookups that evaluate further. */
  maybeTemplate(source: string): unknown {
    return isTemplate(source) ? this.template(source) : source;
  }

  text(value: unknown): string {
    return pythonText(value, (secret) => {
      this.tainted = true;
      return secret.reveal();
    });
  }

  #run(node: Node, locals: Map<string, unknown>, out: unknown[]): void {
    switch (node.typename) {
      case 'Root':
      case 'NodeList':
        for (const child of node.children!) this.#run(child, locals, out);
        return;
      case 'Output':
        for (const child of node.children!)
          if (child.typename !== 'TemplateData') out.push(this.#eval(child, locals));
          else if (child.value !== '') out.push(child.value);
        return;
      case 'If':
        if (truthy(this.#eval(node.cond as Node, locals))) this.#run(node.body as Node, locals, out);
        else if (node.else_) this.#run(node.else_ as Node, locals, out);
        return;
      case 'For':
        this.#for(node, locals, out);
        return;
      case 'Set': {
        if (!node.value) throw new ExpressionError('a {% set %} block is not supported');
        const value = this.#eval(node.value as unknown as Node, locals);
        for (const target of node.targets as Node[]) locals.set(String(target.value), value);
        return;
      }
      default:
        throw new ExpressionError(`{% ${node.typename.toLowerCase()} %} is not supported`);
    }
  }

  #for(node: Node, locals: Map<string, unknown>, out: unknown[]): void {
    const items = this.items(this.#eval(node.arr as Node, locals));
    const name = node.name as Node;
    const names = name.typename === 'Symbol' ? undefined : name.children!.map((n) => String(n.value));
    if (items.length === 0 && node.else_) this.#run(node.else_ as Node, locals, out);
    items.forEach((item, i) => {
      const inner = new Map(locals);
      if (names) for (const [at, part] of this.items(item).entries()) inner.set(names[at] ?? '', part);
      else inner.set(String(name.value), item);
      const last = items.length - 1;
      const counts = { index: i + 1, index0: i, revindex: last - i + 1, revindex0: last - i };
      inner.set('loop', { ...counts, first: i === 0, last: i === last, length: items.length });
      this.#run(node.body as Node, inner, out);
    });
  }

  /** What a loop over a value gives: items of a list, keys of a mapping, characters of a text. */
  items(value: unknown): unknown[] {
    const it = defined(value);
    if (Array.isArray(it)) return it;
    if (it instanceof LazyMapping) return it.keys();
    if (isDict(it)) return Object.keys(it);
    if (typeof it === 'string' || it instanceof Secret) return [...this.text(it)];
    throw new ExpressionError(`${typeName(it)} is not a list`);
  }

  #eval(node: Node, locals: Map<string, unknown>): unknown {
    const sub = (field: string): unknown => this.#eval(node[field] as Node, locals);
    switch (node.typename) {
      case 'Literal':
        if (node.value instanceof RegExp) throw new ExpressionError('r/…/ is not Jinja');
        return node.value;
      case 'Symbol':
        return this.#name(String(node.value), locals);
      case 'Group':
        return node.children!.length === 1
          ? this.#eval(node.children![0]!, locals)
          : this.#list(node, locals);
      case 'Array':
        return this.#list(node, locals);
      case 'Dict':
        return Object.fromEntries(
          node.children!.map((pair) => [
            this.text(this.#eval(pair.key as Node, locals)),
            this.#eval(pair.value as Node, locals),
          ]),
        );
      case 'InlineIf':
        if (truthy(sub('cond'))) return sub('body');
        return node.else_ ? sub('else_') : new Undefined('the value of an if without else');
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
        return this.#lookupVal(node, locals);
      case 'FunCall':
        return this.#call(node, locals);
      case 'Filter': {
        const [input, ...rest] = (node.args as Node).children!;
        const { args, named } = this.#arguments(rest, locals);
        return this.filter(String((node.name as Node).value), this.#eval(input!, locals), args, named);
      }
      default:
        return arithmetic(node, (part) => this.#eval(part, locals), this);
    }
  }

  #list(node: Node, locals: Map<string, unknown>): unknown[] {
    return node.children!.map((child) => this.#eval(child, locals));
  }

  #name(name: string, locals: Map<string, unknown>): unknown {
    if (locals.has(name)) return locals.get(name);
    if (name === 'True' || name === 'False') return name === 'True';
    if (name === 'None') return null;
    const value = this.scope.lookup(name);
    if (value !== undefined) return value;
    return Object.hasOwn(this.#globals, name) ? this.#globals[name] : new Undefined(name);
  }

  #compare(node: Node, locals: Map<string, unknown>): boolean {
    let left = this.#eval(node.expr as Node, locals);
    for (const operand of node.ops as Node[]) {
      const right = this.#eval(operand.expr as Node, locals);
      if (!compared(String(operand.type), left, right)) return false;
      left = right;
    }
    return true;
  }

  contains(container: unknown, item: unknown): boolean {
    const it = defined(container);
    defined(item);
    if (typeof it === 'string' || it instanceof Secret) return this.text(it).includes(this.text(item));
    if (it instanceof LazyMapping) return it.keys().includes(this.text(item));
    return this.items(it).some((other) => equal(other, item));
  }

  #is(node: Node, locals: Map<string, unknown>): boolean {
    const left = node.left as Node;
    const right = node.right as Node;
    // Jinja binds a test tighter than nunjucks does
    if (['Compare', 'Concat', 'Add', 'Sub', 'Mul', 'Div'].includes(left.typename))
      throw new ExpressionError('put parentheses around what stands before "is"');
    const call = right.typename === 'FunCall';
    if (
      !call &&
      right.typename !== 'Symbol' &&
      right.typename !== 'Literal' &&
      right.typename !== 'LookupVal'
    )
      throw new ExpressionError('put parentheses around the test behind "is"');
    const name = testName(call ? (right.name as Node) : right);
    const test = Object.hasOwn(TESTS, name) ? TESTS[name] : undefined;
    if (!test) throw new ExpressionError(`the test ${name} is not supported`);
    const { args } = this.#arguments(call ? (right.args as Node).children! : [], locals);
    return test(this, this.#eval(left, locals), args);
  }

  #lookupVal(node: Node, locals: Map<string, unknown>): unknown {
    const target = this.#eval(node.target as Node, locals);
    const key = node.val as Node;
    if (key.typename !== 'Slice') return this.member(target, this.#eval(key, locals));
    const it = defined(target);
    const all = typeof it === 'string' || it instanceof Secret ? [...this.text(it)] : this.items(it);
    const [start, stop, step] = [0, 1, 2].map((i) => {
      const part = (key.parts as (Node | undefined)[])[i];
      const value = part && this.#eval(part, locals);
      return typeof value === 'number' ? value : undefined;
    });
    const cut = sliced(all, start, stop, step ?? 1);
    return Array.isArray(it) ? cut : cut.join('');
  }

  /** `value[key]` or `value.key`. */
  member(value: unknown, key: unknown): unknown {
    if (value instanceof Undefined) return value;
    const name = key instanceof Secret ? this.text(key) : key;
    const missing = new Undefined(`${String(name)} of ${typeName(value)}`);
    if (value instanceof LazyMapping) return value.get(String(name)) ?? missing;
    if (Array.isArray(value) && typeof name === 'number') {
      const item = value.at(name);
      return item === undefined ? missing : item;
    }
    if (isDict(value) && Object.hasOwn(value, String(name))) return value[String(name)];
    if (typeof value === 'string' && typeof name === 'number') return value.at(name) ?? missing;
    return method(this, value, String(name)) ?? missing;
  }

  #call(node: Node, locals: Map<string, unknown>): unknown {
    const callee = this.#eval(node.name as Node, locals);
    if (typeof defined(callee) !== 'function')
      throw new ExpressionError(`${typeName(callee)} cannot be called`);
    const { args, named } = this.#arguments((node.args as Node).children!, locals);
    return (callee as Call)(args, named);
  }

  #arguments(nodes: Node[], locals: Map<string, unknown>) {
    const args: unknown[] = [];
    const named: Record<string, unknown> = {};
    for (const node of nodes)
      if (node.typename === 'KeywordArgs')
        for (const pair of node.children!)
          named[String((pair.key as Node).value)] = this.#eval(pair.value as Node, locals);
      else args.push(this.#eval(node, locals));
    return { args, named };
  }

  filter(fullName: string, value: unknown, args: unknown[], named: Record<string, unknown> = {}): unknown {
    const name = fullName.replace(/^ansible\.(?:builtin|legacy)\./, '');
    const filter = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (!filter) throw new ExpressionError(`the filter ${fullName} is not supported`);
    if (name !== 'default' && name !== 'd' && name !== 'mandatory') defined(value);
    return filter(this, value, args, named);
  }
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

function testName(node: Node): string {
  if (node.typename === 'Literal') return node.value === null ? 'none' : String(node.value);
  if (node.typename === 'LookupVal') return String((node.val as Node).value);
  return String(node.value).toLowerCase();
}

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

/** JSON-like value for the outside: floats become numbers, functions are an error. */
export function outward(value: unknown): unknown {
  const it = defined(value);
  if (it instanceof Float) return it.value;
  if (it instanceof LazyMapping) throw new ExpressionError('a whole host cannot be a value');
  if (typeof it === 'function') throw new ExpressionError('a function is not a value');
  if (Array.isArray(it)) return it.map(outward);
  if (isDict(it)) return Object.fromEntries(Object.entries(it).map(([key, item]) => [key, outward(item)]));
  return it;
}
