// Splits a host line into words as Python's shlex does, quotes removed and comments cut.

export interface Words {
  words: string[];
  /** The part that `#` inside a word cut off although nothing separates it: nearly always a value that is now too short. */
  cut: string | undefined;
}

/** Throws an Error when a quote is not closed. */
export function splitWords(line: string, options: { comments: boolean } = { comments: true }): Words {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (char === '#' && options.comments) {
      if (word === undefined) return { words, cut: undefined };
      words.push(word);
      return { words, cut: line.slice(at) };
    }
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'" || char === '"') {
      word ??= '';
      const quoted = readQuoted(line, at);
      word += quoted.text;
      at = quoted.end;
    } else if (char === '\\') {
      at++;
      if (at >= line.length) throw new Error('nothing follows the last backslash');
      word = (word ?? '') + line[at];
    } else word = (word ?? '') + char;
  }
  if (word !== undefined) words.push(word);
  return { words, cut: undefined };
}

function readQuoted(line: string, start: number): { text: string; end: number } {
  const quote = line[start];
  let text = '';
  for (let at = start + 1; at < line.length; at++) {
    const char = line[at]!;
    if (char === quote) return { text, end: at };
    // in double quotes a backslash escapes only itself and the quote
    if (char === '\\' && quote === '"' && (line[at + 1] === '"' || line[at + 1] === '\\')) text += line[++at];
    else text += char;
  }
  throw new Error(`a ${quote} is not closed`);
}
