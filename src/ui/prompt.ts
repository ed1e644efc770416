// Questions to a person. Without a terminal nobody is asked: the error names the flag that answers instead.
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { HxError } from '../errors.js';
import { type Masker, Secret } from '../secret.js';

export interface AskOptions {
  /** What to give instead of an answer: `--yes`. */
  flag: string;
  input?: NodeJS.ReadStream;
  output?: NodeJS.WriteStream;
}

/** Yes or no; Enter is no. */
export async function confirm(question: string, options: AskOptions): Promise<boolean> {
  const answer = await ask(`${question} [y/N] `, question, options);
  return /^y(es)?$/i.test(answer.trim());
}

/** A password: nothing of it is shown, and the masker knows it from then on. */
export async function askSecret(label: string, options: AskOptions & { masker: Masker }): Promise<Secret> {
  const secret = new Secret(await ask(`${label}: `, label, options, { hidden: true }));
  options.masker.add(secret);
  return secret;
}

async function ask(
  prompt: string,
  what: string,
  options: AskOptions,
  { hidden = false } = {},
): Promise<string> {
  const { input = process.stdin, output = process.stderr, flag } = options;
  if (!input.isTTY || !output.isTTY) {
    throw new HxError({
      code: 'no-terminal',
      message: `There is no terminal to ask: ${what}`,
      hint: `give ${flag}`,
    });
  }
  // readline echoes what is typed to its output: a hidden answer gets one that swallows
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: hidden ? silent : output, terminal: true });
  const interrupted = new HxError({
    code: 'interrupted',
    message: 'Interrupted at a question; nothing was done.',
  });
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('SIGINT', () => reject(interrupted));
      lines.once('close', () => reject(interrupted));
      if (hidden) output.write(prompt);
      lines.question(hidden ? '' : prompt).then(resolve, reject);
    });
  } finally {
    if (hidden) output.write('\n');
    lines.close();
  }
}
