// What Jinja's expressions have and nunjucks' parser has not, or otherwise.
import type { Node, Parser, Token, Tokenizer } from '../jinja.js';

const BRACKETS: Record<string, { typename: string; end: string }> = {
  'left-paren': { typename: 'Group', end: 'right-paren' },
  'left-bracket': { typename: 'Array', end: 'right-bracket' },
  'left-curly': { typename: 'Dict', end: 'right-curly' },
};

/** What is in brackets: a comma may end it, which makes a tuple of one item, and a list may be `[start:stop:step]`. */
export function readBrackets(parsing: Parser): Node | null {
  const brackets = BRACKETS[parsing.nextToken().type];
  if (!brackets) return null;
  const { typename, end } = brackets;
  const children: Node[] = [];
  let comma = false;
  while (!parsing.skip(end)) {
    if (children.length > 0 && !comma) throw new Error('a comma or a bracket is missing');
    if (typename === 'Array' && children.length === 0 && parsing.skip('colon'))
      return { typename, children: [readSlice(parsing)] };
    const item = parsing.parseExpression();
    if (typename === 'Dict') {
      if (!parsing.skip('colon')) throw new Error('a mapping has a colon behind a key');
      children.push({ typename: 'Pair', key: item, value: parsing.parseExpression() });
    } else if (typename === 'Array' && children.length === 0 && parsing.skip('colon'))
      return { typename, children: [readSlice(parsing, item)] };
    else children.push(item);
    comma = parsing.skip('comma');
  }
  return { typename, children, comma };
}

/** What is called with; null where nothing is, and that may be. */
export function readArguments(parsing: Parser, tolerant = false): Node | null {
  if (!parsing.skip('left-paren')) {
    if (tolerant) return null;
    throw new Error('a bracket is missing');
  }
  const [children, named]: [Node[], Node[]] = [[], []];
  let comma = true;
  while (!parsing.skip('right-paren')) {
    if (!comma) throw new Error('a comma or a bracket is missing');
    const item = parsing.parseExpression();
    if (parsing.skipValue('operator', '='))
      named.push({ typename: 'Pair', key: item, value: parsing.parseExpression() });
    else children.push(item);
    comma = parsing.skip('comma');
  }
  if (named.length > 0) children.push({ typename: 'KeywordArgs', children: named });
  return { typename: 'NodeList', children };
}

/** Behind the first colon. */
function readSlice(parsing: Parser, start?: Node): Node {
  const parts: (Node | undefined)[] = [start];
  for (const last of [false, true]) {
    const type = parsing.peekToken()?.type;
    parts.push(type === 'colon' || type === 'right-bracket' ? undefined : parsing.parseExpression());
    if (last || !parsing.skip('colon')) break;
  }
  if (!parsing.skip('right-bracket')) throw new Error('a slice has no end');
  return { typename: 'Slice', parts };
}

/** `a if b else c if d else e`. */
export function readIf(parsing: Parser): Node {
  let node = parsing.parseOr();
  while (parsing.skipSymbol('if')) {
    const cond = parsing.parseOr();
    const else_ = parsing.skipSymbol('else') ? readIf(parsing) : null;
    node = { typename: 'InlineIf', body: node, cond, else_ };
  }
  return node;
}

const NUMBER =
  /^(?:0x[\da-f_]+|0o[0-7_]+|0b[01_]+|(?:\d+_)*\d+(?:\.(?:\d+_)*\d+)?(?:e[-+]?(?:\d+_)*\d+)?)(?!\w)/i;

/** A number that nunjucks does not know as one: 1e3, 0x1f, 1_000, and that of `list.0`. */
export function readNumber(tokens: Tokenizer): Token | undefined {
  const { str, index, lineno, colno } = tokens;
  const before = str[index - 1] ?? '';
  if (!tokens.in_code || /\w/.test(before)) return undefined;
  const [found] = (before === '.' ? /^\d+/ : NUMBER).exec(str.slice(index, index + 99)) ?? [];
  if (found === undefined || (before !== '.' && /^\d+(?:\.\d+)?$/.test(found))) return undefined;
  tokens.forwardN(found.length);
  const value = Number(found.replaceAll('_', ''));
  if (before === '.') return { type: 'symbol', value, lineno, colno };
  return { type: /^0x|^[^.e]*$/i.test(found) ? 'int' : 'float', value: String(value), lineno, colno };
}
