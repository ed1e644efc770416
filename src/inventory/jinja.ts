// The one door to nunjucks: its lexer and parser give the tree of a template, with Jinja's strings and slices.
import { load } from '../lazy.js';
import { Float } from '../yaml.js';
import { readArguments, readBrackets, readIf, readNumber } from './jinja/grammar.js';

/** A node as nunjucks' parser makes it; which fields it has depends on `typename`. */
export interface Node {
  typename: string;
  value?: unknown;
  children?: Node[];
  [field: string]: unknown;
}

export interface Token {
  type: string;
  value?: unknown;
  lineno?: number;
  colno?: number;
}
export interface Tokenizer {
  nextToken(): Token | null;
  _extractString(text: string): string | null;
  forwardN(count: number): void;
  in_code: boolean;
  index: number;
  lineno: number;
  colno: number;
  str: string;
  _parseString(delimiter: string): string;
}
export interface Parser {
  tokens: Tokenizer;
  parseAggregate(): Node | null;
  parseCompare(): Node;
  parseFilter(node: Node): Node;
  parseFor(): Node;
  parseInlineIf(): Node;
  parseIs(): Node;
  parseOr(): Node;
  parsePrimary(noPostfix?: boolean): Node;
  parsePostfix(node: Node): Node;
  parseAsRoot(): Node;
  parseExpression(): Node;
  parseSignature(tolerant?: boolean): Node | null;
  nextToken(): { type: string; value: string };
  peekToken(): { type: string; value: string };
  skip(type: string): boolean;
  skipSymbol(name: string): boolean;
  skipValue(type: string, value: string): boolean;
}
interface Internals {
  lexer: { lex(source: string, options: object): Tokenizer };
  parser: { Parser: new (tokens: Tokenizer) => Parser };
}

/** True when Jinja has something to do in a text. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('{%') || text.includes('{#');
}

/** What inventories mostly have, a variable alone: `{{ vault_key }}`. */
const LONE = /^\{\{\s*([A-Za-z_]\w*)\s*\}\}$/;
const WORDS = /^(true|false|none|not|and|or|in|is|if|else)$/i;

/** The tree of a template. Throws an Error that says what is wrong. */
export function parseTemplate(source: string): Node {
  const lone = LONE.exec(source)?.[1];
  if (lone && !WORDS.test(lone)) {
    const output = { typename: 'Output', children: [{ typename: 'Symbol', value: lone }] };
    return { typename: 'Root', children: [output] };
  }
  const { lexer, parser } = load<typeof import('nunjucks')>('nunjucks') as unknown as Internals;
  // nunjucks does not count endraw as a block when it trims
  const trimmed = source.replace(/(\{%-?\s*endraw\s*-?%\})\n/g, '$1');
  const tokens = lexer.lex(trimmed, { trimBlocks: true });
  // nunjucks drops the backslash of \d and \1: regular expressions would change
  tokens._parseString = (delimiter) => readString(tokens, delimiter);
  keepBraces(tokens);
  const parsing = new parser.Parser(tokens);
  parsing.parseAggregate = () => readBrackets(parsing);
  parsing.parseInlineIf = () => readIf(parsing);
  parsing.parseSignature = (tolerant) => readArguments(parsing, tolerant);
  testsLikeFilters(parsing);
  const loop = parsing.parseFor;
  parsing.parseFor = () => withTest(loop.call(parsing));
  const primary = parsing.parsePrimary;
  parsing.parsePrimary = (noPostfix) => {
    const float = parsing.peekToken()?.type === 'float';
    if (!float) return primary.call(parsing, noPostfix);
    const node = primary.call(parsing, true);
    node.value = new Float(Number(node.value));
    return noPostfix ? node : parsing.parsePostfix(node);
  };
  try {
    return parsing.parseAsRoot();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(
      text.replace(/^.*?\n\s*|^Template render error: /s, '').replace(/^(?:Template)?Error: /, ''),
    );
  }
}

/** `{% for x in list if test %}`: what nunjucks takes for a value with a condition. */
function withTest(loop: Node): Node {
  const { typename, body, cond, else_ } = loop.arr as Node;
  if (typename !== 'InlineIf') return loop;
  if (else_) throw new Error('a list with an else needs brackets in a loop');
  return Object.assign(loop, { arr: body, test: cond });
}

/** In Jinja `is` binds as a filter does, and its test may have one argument without brackets. */
function testsLikeFilters(parsing: Parser): void {
  const filters = parsing.parseFilter;
  parsing.parseIs = () => parsing.parseCompare();
  parsing.parseFilter = (given) => {
    let node = given;
    for (;;) {
      if (parsing.peekToken()?.type === 'pipe') node = filters.call(parsing, node);
      else if (parsing.skipSymbol('is')) node = readTest(parsing, node);
      else return node;
    }
  };
}

const ARGUMENTS = ['symbol', 'string', 'int', 'float', 'boolean', 'none', 'left-bracket', 'left-curly'];

function readTest(parsing: Parser, target: Node): Node {
  const not = parsing.skipSymbol('not');
  // at the end of the text there is no token: nunjucks itself says then what is missing
  let name = parsing.nextToken()?.value ?? '';
  while (parsing.skipValue('operator', '.')) name += `.${parsing.nextToken()?.value ?? ''}`;
  const { type = '', value = '' } = parsing.peekToken() ?? {};
  if (value === 'if' || value === 'is') throw new Error(`in front of ${value} a test needs brackets`);
  let args: Node[] = [];
  if (type === 'left-paren') args = parsing.parseSignature()!.children!;
  else if (ARGUMENTS.includes(type) && !['else', 'or', 'and'].includes(value))
    args = [parsing.parsePrimary()];
  const node = { typename: 'Is', target, name, children: args };
  return not ? { typename: 'Not', target: node } : node;
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\x07' };

/** In `{{ {'a': {}} }}` the first }} closes two mappings: it ends the expression only when no brace is open. */
function keepBraces(tokens: Tokenizer): void {
  const { nextToken, _extractString: extract } = tokens;
  let open = 0;
  tokens.nextToken = () => {
    const token = readNumber(tokens) ?? nextToken.call(tokens);
    if (token?.type === 'left-curly') open++;
    else if (token?.type === 'right-curly') open--;
    return token;
  };
  tokens._extractString = (text) => (open > 0 && text.endsWith('}}') ? null : extract.call(tokens, text));
}

/** Reads a string literal: in `{% %}` with Python's escapes; in `{{ }}` Ansible takes every backslash as itself. */
function readString(tokens: Tokenizer, delimiter: string): string {
  const { str } = tokens;
  const literal = str.lastIndexOf('{{', tokens.index) > str.lastIndexOf('{%', tokens.index);
  let at = tokens.index + 1;
  let text = '';
  while (at < str.length && str[at] !== delimiter) {
    if (str[at] !== '\\') {
      text += str[at++];
      continue;
    }
    const escaped = /^\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{1,3})|([\s\S]))/.exec(
      str.slice(at, at + 6),
    )!;
    if (!escaped) throw new Error('a string ends in a backslash');
    const [whole, hex, unicode, octal, char] = escaped;
    if (literal) text += whole;
    else if (hex ?? unicode) text += String.fromCharCode(Number.parseInt((hex ?? unicode)!, 16));
    else if (octal) text += String.fromCharCode(Number.parseInt(octal, 8));
    else if (char === '\\' || char === "'" || char === '"') text += char;
    else text += ESCAPES[char!] ?? whole;
    at += whole!.length;
  }
  if (at >= str.length) throw new Error('a string is not closed');
  tokens.colno += at + 1 - tokens.index;
  tokens.index = at + 1;
  return text;
}
