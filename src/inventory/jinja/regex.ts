// Python's regular expressions in JavaScript's words. What cannot be translated is an error, not a guess.
import { ExpressionError } from './python.js';

export function pythonRegExp(pattern: string, flags: string): RegExp {
  if (/\(\?(?:P=|#|\(|>)/.test(pattern))
    throw new ExpressionError('this form of regular expression is not supported');
  let given = flags;
  const source = pattern
    .replace(/^\(\?([ims]+)\)/, (_, letters: string) => {
      given += letters;
      return '';
    })
    .replaceAll('(?P<', '(?<')
    .replaceAll('\\A', '^')
    .replaceAll('\\Z', '$(?![\\s\\S])');
  try {
    return new RegExp(source, [...new Set(given)].join(''));
  } catch {
    throw new ExpressionError(`the regular expression ${pattern} is not supported`);
  }
}

/** Python's replacement text: \1, \g<1>, \g<name>; `$` means nothing. */
export function replacement(template: string): (...match: unknown[]) => string {
  return (...match) => {
    const groups = typeof match.at(-1) === 'object' ? (match.at(-1) as Record<string, string>) : {};
    return template.replace(/\\(?:(\d)|g<(\w+)>|(n|t|\\))/g, (_, digit, name, escaped) => {
      if (escaped) return { n: '\n', t: '\t', '\\': '\\' }[escaped as 'n' | 't' | '\\'];
      const key = digit ?? name;
      return String((/^\d+$/.test(key) ? match[Number(key)] : groups[key]) ?? '');
    });
  };
}
