// Reads Python literals as `ast.literal_eval` does: what types the values of INI inventories.

import { Float, pythonKey } from '../yaml.js';

const NOT_A_LITERAL = Symbol('not a literal');

/** A set or a key that Python cannot make, which ends the reading of a whole inventory. */
export class Unhashable extends Error {}

/** The value of a Python literal, or the text itself when it is none. Throws Unhashable. */
export function pythonLiteral(text: string): unknown {
  try {
    const reader = new LiteralReader(text.replace(/^[ \t]+/, ''));
    const value = reader.whole();
    if (reader.unhashable)
      throw new Unhashable('Python can neither make a set of sets, lists or mappings nor a key of them');
    return value;
  } catch (error) {
    if (error === NOT_A_LITERAL) return text;
    throw error;
  }
}

const ESCAPES: Record<string, string> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
};
Object.assign(ESCAPES, { b: '\b', f: '\f', v: '\v', '\n': '' });

/** A recursive reader of one line. Throws NOT_A_LITERAL for everything it does not know. */
class LiteralReader {
  #at = 0;
  unhashable = false;
  readonly #tuples = new WeakSet<object>();
  constructor(readonly text: string) {}

  whole(): unknown {
    let value = this.#value();
    if (this.#peek() === ',') value = this.#tuple(this.#items(undefined, [value]));
    this.#space();
    if (this.#at < this.text.length) throw NOT_A_LITERAL;
    return value;
  }

  #hashable(value: unknown): boolean {
    if (!Array.isArray(value)) return typeof value !== 'object' || value === null || value instanceof Float;
    return this.#tuples.has(value) && value.every((item) => this.#hashable(item));
  }
  #tuple(items: unknown[]): unknown[] {
    this.#tuples.add(items);
    return items;
  }

  #space(): void {
    // Python's tokenizer skips blanks and everything behind #
    const skipped = /^(?:[ \t\f]|#.*)*/.exec(this.text.slice(this.#at))!;
    this.#at += skipped[0].length;
  }
  #peek(): string | undefined {
    this.#space();
    return this.text[this.#at];
  }
  #take(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.text.slice(this.#at));
    if (!found) return undefined;
    this.#at += found[0].length;
    return found[0];
  }
  #eat(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }

  #value(): unknown {
    const char = this.#peek();
    if (char === '[' || char === '(') return this.#sequence(char);
    if (char === '{') return this.#mapping();
    if (char === '-' || char === '+') {
      this.#at++;
      // literal_eval takes one sign only
      if (/^[\s(]*[-+]/.test(this.text.slice(this.#at))) throw NOT_A_LITERAL;
      const number = this.#value();
      const sign = char === '-' ? -1 : 1;
      if (number instanceof Float) return new Float(sign * number.value);
      if (typeof number !== 'number') throw NOT_A_LITERAL;
      return sign * number || 0;
    }
    if (this.#take(/^set\s*\(\s*\)/)) return [];
    const word = this.#take(/^(?:True|False|None)\b/);
    if (word) return word === 'None' ? null : word === 'True';
    return this.#take(/^\.{3}/) ?? this.#number() ?? this.#strings();
  }

  #number(): number | Float | undefined {
    const digits = this.#take(
      /^(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.?)(?:[eE][+-]?\d(?:_?\d)*)?)/,
    );
    if (digits === undefined) return undefined;
    // 012 and 1abc are syntax errors in Python, so they stay text; 1j would be complex and becomes text as well
    if (/^0[0-9_]*[1-9]/.test(digits) && !/[.eE]/.test(digits)) throw NOT_A_LITERAL;
    if (/^\w/.test(this.text.slice(this.#at))) throw NOT_A_LITERAL;
    const value = Number(digits.replaceAll('_', ''));
    // what JavaScript would round stays as it is written
    if (!/[.eE]/.test(digits) && !Number.isSafeInteger(value)) throw NOT_A_LITERAL;
    return /^[^xX]*[.eE]/.test(digits) && Number.isInteger(value) ? new Float(value) : value;
  }

  #strings(): string {
    let text = '';
    let any = false;
    for (;;) {
      this.#space();
      const prefix = this.#take(/^(?:[rR][bB]|[bB][rR]|[rRbBuU])?(?="""|'''|"|')/);
      if (prefix === undefined) break;
      any = true;
      text += this.#string(/r/i.test(prefix));
    }
    if (!any) throw NOT_A_LITERAL;
    return text;
  }

  #string(rawText: boolean): string {
    const quote = this.#take(/^(?:"""|'''|"|')/)!;
    let text = '';
    while (!this.text.startsWith(quote, this.#at)) {
      const char = this.text[this.#at++];
      if (char === undefined) throw NOT_A_LITERAL;
      if (char !== '\\') text += char;
      else if (rawText) text += char + (this.text[this.#at++] ?? '');
      else text += this.#escape();
    }
    this.#at += quote.length;
    return text;
  }

  #escape(): string {
    const code = this.#take(/^(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/);
    if (code) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    const octal = this.#take(/^[0-7]{1,3}/);
    if (octal) return String.fromCodePoint(Number.parseInt(octal, 8));
    const char = this.text[this.#at++];
    if (char === undefined) throw NOT_A_LITERAL;
    return ESCAPES[char] ?? `\\${char}`;
  }

  #sequence(open: string): unknown {
    this.#at++;
    const close = open === '[' ? ']' : ')';
    if (this.#eat(close)) return [];
    const first = this.#value();
    // (1) is a number in brackets, (1,) a tuple
    if (open === '(' && this.#eat(')')) return first;
    const items = this.#items(close, [first]);
    return open === '(' ? this.#tuple(items) : items;
  }

  /** The rest of a list whose first item is read, up to `close` or, for a bare tuple, the end. */
  #items(close: string | undefined, items: unknown[]): unknown[] {
    for (;;) {
      if (close !== undefined && this.#eat(close)) return items;
      if (close === undefined && this.#peek() === undefined) return items;
      if (!this.#eat(',')) throw NOT_A_LITERAL;
      const next = this.#peek();
      if (next === close) continue;
      items.push(this.#value());
    }
  }

  #mapping(): unknown {
    this.#at++;
    if (this.#eat('}')) return {};
    const first = this.#value();
    if (this.#peek() !== ':') {
      const items = this.#items('}', [first]);
      this.unhashable ||= !items.every((item) => this.#hashable(item));
      return items;
    }
    const mapping: Record<string, unknown> = {};
    for (let key: unknown = first; ; key = this.#value()) {
      if (!this.#eat(':')) throw NOT_A_LITERAL;
      this.unhashable ||= !this.#hashable(key);
      mapping[String(pythonKey(key))] = this.#value();
      if (this.#eat('}')) return mapping;
      if (!this.#eat(',')) throw NOT_A_LITERAL;
      if (this.#eat('}')) return mapping;
    }
  }
}
