// Becoming root: the command line around a script, and what sudo says before the script may be sent. Pure.
import { randomBytes } from 'node:crypto';
import { HxError } from '../errors.js';
import { command } from '../shell.js';

/**
 * One exec is enough (facts/libraries.md B4 proposed two): the password goes out only when the prompt's own marker
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

const REFUSALS: [pattern: RegExp, message: (user: string) => string, hint: string][] = [
  [
    /not in the sudoers file|may not run sudo|is not allowed to|I'm afraid I can't do that/i,
    (user) => `${user} may not use sudo`,
    'on the host, as root: usermod -aG sudo USER; or log in as root: ansible_user: root',
  ],
  [
    /must have a tty|requiretty/i,
    (user) => `sudo wants a terminal for ${user} (requiretty)`,
    'on the host, in visudo: Defaults:USER !requiretty',
  ],
  [
    /sudo.*(?:command )?not found|sudo.*No such file/i,
    () => 'sudo is not installed',
    'on the host, as root: apt-get install sudo; or log in as root: ansible_user: root',
  ],
  [
    /password is required|no password was provided|terminal is required/i,
    (user) => `sudo asks ${user} for a password in its own way`,
    'give it with -K (--ask-become-pass), or allow NOPASSWD on the host',
  ],
];

/** sudo ended before the script could start. */
export function sudoRefusal(name: string, user: string, said: string, code: number | null): HxError {
  for (const [pattern, message, hint] of REFUSALS) {
    if (!pattern.test(said)) continue;
    return new HxError({
      code: 'sudo',
      where: name,
      message: message(user),
      hint: hint.replaceAll('USER', user),
    });
  }
  const last = said.split('\n').filter(Boolean).at(-1);
  return new HxError({
    code: 'sudo',
    where: name,
    message: `sudo did not let ${user} become root (exit code ${code}): ${last ?? 'it said nothing'}`,
    hint: `look on the host: sudo -l -U ${user}`,
  });
}

/** sudo neither opened nor ended: usually it asks for something else than the password. */
export function sudoSilent(name: string, said: string): HxError {
  return new HxError({
    code: 'sudo',
    where: name,
    message: `sudo did not answer in time: ${said.split('\n').at(-1) || 'it said nothing'}`,
    hint: 'hxllm can give sudo a password, nothing else: allow NOPASSWD on the host, or log in as root',
  });
}

export function passwordMissing(name: string, user: string): HxError {
  return new HxError({
    code: 'sudo',
    where: name,
    message: `sudo asks ${user} for a password, and none is known`,
    hint: 'give it with -K (--ask-become-pass), or set ansible_become_password in the vault',
  });
}

export function passwordWrong(name: string, user: string): HxError {
  return new HxError({
    code: 'sudo',
    where: name,
    message: `wrong sudo password for ${user}`,
    hint: 'check ansible_become_password, or give it with -K (--ask-become-pass)',
  });
}
