// Python's regular expressions in JavaScript's words. What cannot be translated is an error, not a guess.
import { ExpressionError } from './python.js';

/** For one text: where it has more than ASCII, letters and characters are Unicode's, as in Python. */
export function pythonRegExp(pattern: string, flags: string, text: string): RegExp {
  if (/\(\?(?:P=|#|\(|>)/.test(pattern))
    throw new ExpressionError('this form of regular expression is not supported');
  let given = flags;
  const source = pattern.replace(/^\(\?([ims]+)\)/, (_, letters: string) => {
    given += letters;
    return '';
  });
  const isWide = /[^\0-\x7f]/.test(text);
  const own = translated(source, isWide, given);
  const all = [...new Set(given + (isWide ? 'u' : ''))].join('');
  try {
    const references = [...own.matchAll(/\\(?:([1-9])|[\s\S])/g)].map(([, group]) => Number(group ?? 0));
    // to JavaScript a group that is not there is a character
    if (blankMatch(own, all).length > Math.max(0, ...references)) return new RegExp(own, all);
    throw new Error();
  } catch {
    throw new ExpressionError(`the regular expression ${pattern} is not supported`);
  }
}

/** Has all groups. */
const blankMatch = (source: string, flags: string): RegExpExecArray =>
  new RegExp(`${source}|`, flags.replace('g', '')).exec('')!;

const LETTER = '\\p{L}\\p{N}_';

function translated(source: string, isWide: boolean, flags: string): string {
  let isClass = false;
  return source.replace(/\(\?P<|\\([\s\S])|[[\].$]/g, (all, escaped?: string) => {
    if (all === '(?P<') return isClass ? all : '(?<';
    if (all === '.') return isClass || flags.includes('s') ? all : '[^\\n]';
    // it stands before a last newline, too
    if (all === '$') return isClass || flags.includes('m') ? all : '(?=\\n?(?![\\s\\S]))';
    if (escaped === undefined) {
      isClass = isClass ? all !== ']' : all === '[';
      return all;
    }
    if (escaped === 'A') return '(?<![\\s\\S])';
    if (escaped === 'Z') return '(?![\\s\\S])';
    if (escaped === 'a') return '\\x07';
    if (/[^\WbBdDfnrsStuvwWx\d_]/.test(escaped)) throw new ExpressionError(`the escape ${all} is bad`);
    if (!isWide) return all;
    // JavaScript's own know ASCII only, and `u` allows no needless backslashes
    if (escaped === 'w') return isClass ? LETTER : `[${LETTER}]`;
    if (escaped === 'W' && !isClass) return `[^${LETTER}]`;
    if (escaped === 'b' && !isClass)
      return `(?:(?<=[${LETTER}])(?![${LETTER}])|(?<![${LETTER}])(?=[${LETTER}]))`;
    if (/[WB]/.test(escaped)) throw new ExpressionError(`${all} is not supported there`);
    const isNeedless = /[^\w^$\\.*+?()[\]{}|/]/.test(escaped) && !(isClass && escaped === '-');
    return isNeedless ? escaped : all;
  });
}

/** Python's replacement text: \1, \g<1>, \g<name>; `$` means nothing. */
export function replacement(template: string, expression: RegExp): (...match: unknown[]) => string {
  const replaced = (...match: unknown[]): string => {
    // behind the groups are a place, the whole text and the groups by name
    const place = match.findIndex((part) => typeof part === 'number');
    const groups = typeof match.at(-1) === 'object' ? (match.at(-1) as Record<string, string>) : {};
    return template.replace(/\\(?:(\d)|g<(\w+)>|([\s\S]?))/g, (all, digit, name, escaped) => {
      const key = digit ?? name;
      if (key === undefined) return escapeOf(all, escaped);
      const isNumber = /^\d+$/.test(key);
      if (isNumber ? Number(key) >= place : !(key in groups))
        throw new ExpressionError(`there is no group ${key}`);
      return String((isNumber ? match[Number(key)] : groups[key]) ?? '');
    });
  };
  // Python finds what is wrong with it before it finds a match
  const blank = blankMatch(expression.source, expression.flags);
  replaced(...blank, 0, '', blank.groups);
  return replaced;
}

function escapeOf(all: string, char: string): string {
  const known = { n: '\n', t: '\t', r: '\r', '\\': '\\' }[char];
  if (known === undefined && /[a-z]?$/i.exec(char)![0] === char)
    throw new ExpressionError(`the escape ${all} is bad`);
  return known ?? all;
}

/** The group that an argument of regex_search names. */
export function groupOf(found: RegExpExecArray, argument: string): string | null {
  const [, name, number] = /^\\(?:g<(\S+)>|(\d+))/.exec(argument) ?? [];
  const key = name ?? number;
  const groups = key !== undefined && /^\d+$/.test(key) ? found : (found.groups ?? {});
  if (key === undefined || !(key in groups)) throw new ExpressionError(`there is no group ${argument}`);
  return (groups as Record<string, string | undefined>)[key] ?? null;
}
