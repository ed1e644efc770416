// Becoming root: the command line around a script, and what sudo says before the script may be sent. Pure.
import { randomBytes } from 'node:crypto';
import { command } from '../shell.js';

/**
 * One exec is enough: the password goes out only when the prompt's own marker
 * was seen, the script only after the ready marker, so neither can be read as the other.
 */
export class SudoGate {
  readonly #nonce = randomBytes(6).toString('hex');
  readonly #prompt = `[hxllm-password-${this.#nonce}]`;
  readonly #ready = `hxllm-ready-${this.#nonce}\n`;
  #seen: Buffer = Buffer.alloc(0);
  #prompts = 0;
  /** True when sudo has let us in. */
  open = false;

  /** The words as root. The marker is broken by '' since sudo repeats the command in its refusals. */
  wrap(argv: string[]): string {
    const inner = `echo hxllm-''ready-${this.#nonce} >&2; exec "$@"`;
    return command(
      'env',
      'LC_ALL=C',
      'sudo',
      '-S',
      '-p',
      this.#prompt,
      '-u',
      'root',
      '--',
      'sh',
      '-c',
      inner,
      'sh',
      ...argv,
    );
  }

  /** Takes a piece of stderr: `ask` = send the password, `again` = it was wrong, a Buffer = open, and this much belongs to the script. */
  feed(chunk: Buffer): 'ask' | 'again' | Buffer | undefined {
    this.#seen = Buffer.concat([this.#seen, chunk]);
    const ready = this.#seen.indexOf(this.#ready);
    if (ready >= 0) {
      this.open = true;
      return this.#seen.subarray(ready + this.#ready.length);
    }
    // by substring: sudo-rs decorates the prompt that it is given
    const prompts = this.#seen.toString('latin1').split(this.#prompt).length - 1;
    if (prompts === this.#prompts) return undefined;
    this.#prompts = prompts;
    return prompts === 1 ? 'ask' : 'again';
  }

  /** What sudo said so far, without our markers. */
  said(): string {
    return this.#seen.toString('utf8').replaceAll(this.#prompt, '').trim();
  }
}
