// Splits a line into words as a shell does: blanks, quotes and backslashes, nothing is expanded. Pure.

export function splitWords(line: string): string[] {
  const words: string[] = [];
  // a word is a run of plain characters, 'single', "double" and \escaped pieces without a blank between them
  const word = /(?:[^\s'"\\]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)+|\S/gs;
  const piece = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^'"\\]+)/gs;
  for (const [text] of line.matchAll(word)) {
    if (/^['"\\]$/.test(text)) throw new Error(`a quote or backslash is never closed: ${line}`);
    let out = '';
    for (const [, single, double, escaped, plain] of text.matchAll(piece)) {
      out += single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '';
    }
    words.push(out);
  }
  return words;
}
