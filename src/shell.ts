// Words and scripts for a POSIX shell on a host. Pure.
import { createHash } from 'node:crypto';

/** Quotes one word for sh: bare when it is safe, else in single quotes. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Joins words into one command line, each quoted. */
export function command(...words: (string | number)[]): string {
  return words.map((w) => quote(String(w))).join(' ');
}

/**
 * Wraps a script so that nothing of it runs when it is cut in transit: the shell must read the last line
 * before `main` is called (docs/traps.md, scripts). `main` never sees the script's own stdin.
 */
export function whole(body: string): string {
  return `main() {\n${body}\n}\n{ main </dev/null; exit $?; }\n`;
}

/** As `whole`, but what it prints leaves the host at its end: a packet for each line would cost both sides. */
export function wholeAtOnce(body: string): string {
  return `main() {\n${body}\n}\n{ said=$(main </dev/null); code=$?; printf '%s\\n' "$said"; exit $code; }\n`;
}

/** What a command prints, kept in a variable: a script asks once, however many of its parts want to know. */
export interface Kept {
  /** sh that runs the command, unless that was done. */
  ask: string;
  /** The variable, to be used after it: `"$name"`. */
  name: string;
}

export function kept(line: string): Kept {
  const name = `kept_${createHash('sha256').update(line).digest('hex').slice(0, 8)}`;
  return { name, ask: `[ -n "\${${name}+x}" ] || ${name}=$(${line})` };
}

/** sh that prints the host's Unix seconds behind a word, asked once in a script. */
export function clock(word: string): string {
  const { ask, name } = kept('date +%s');
  return `${ask}; echo "${word}$${name}"`;
}
