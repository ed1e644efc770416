// The file that holds a key, during a rotation: the new key, and beside it the old one and its end. Nothing else of it changes.
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { HxError, messageOf } from '../errors.js';
import type { Secret } from '../secret.js';
import { parseYaml, VaultText } from '../yaml.js';
import { addBefore, setEntry, swapValue } from '../yaml-edit.js';
import { showOrigin } from './types.js';
import { isVault, labelOf, seal } from './vault/envelope.js';
import { storeFile } from './vault/store.js';
import type { Vault } from './vault/vault.js';

/** What the file says of a key. */
export interface KeyState {
  key: Secret;
  /** There from the first moment of a rotation to its last. */
  previous?: Secret;
  /** Unix seconds: when the previous key ends. */
  until?: number;
}

type Raw = string | VaultText;

export class KeyFile {
  /** The file's bytes as they were read last: what lies there now must be the same when it is written. */
  #onDisk = '';

  constructor(
    readonly file: string,
    readonly variable: string,
    private readonly vault: Vault,
  ) {}

  get #where(): string {
    return showOrigin({ file: this.file })!;
  }

  state(): KeyState {
    const values = this.#values(this.#read());
    const until = values[`${this.variable}_previous_until`];
    const previous = values[`${this.variable}_previous`];
    if (until !== undefined && typeof until !== 'number')
      throw this.#wrong(`${this.variable}_previous_until should be a number of seconds`);
    return {
      key: this.#reveal(this.variable, values[this.variable]),
      ...(previous === undefined ? {} : { previous: this.#reveal(`${this.variable}_previous`, previous) }),
      ...(until === undefined ? {} : { until }),
    };
  }

  /** The new key in the old one's place, the old one beside it. */
  begin(fresh: Secret): void {
    this.#change((text, values) => {
      const old = values[this.variable] as Raw;
      const to = old instanceof VaultText ? this.#sealedAs(old, fresh) : fresh.reveal();
      const both = addBefore(text, this.file, this.variable, `${this.variable}_previous`, old);
      return swapValue(both, this.file, this.variable, old, to);
    });
  }

  /** Says when the old key ends; undefined = it does not. */
  end(until: number | undefined): void {
    const name = `${this.variable}_previous_until`;
    this.#change((text) => {
      const without = setEntry(text, this.file, name, undefined);
      return until === undefined
        ? without
        : addBefore(without, this.file, `${this.variable}_previous`, name, until);
    });
  }

  finish(): void {
    this.#change((text) =>
      [`${this.variable}_previous_until`, `${this.variable}_previous`].reduce(
        (left, name) => setEntry(left, this.file, name, undefined),
        text,
      ),
    );
  }

  /** A further key in the same file, written as this one is. */
  add(name: string, fresh: Secret): void {
    this.#change((text, values) => {
      const own = values[this.variable];
      return setEntry(
        text,
        this.file,
        name,
        own instanceof VaultText ? this.#sealedAs(own, fresh) : fresh.reveal(),
      );
    });
  }

  /** Takes the key away, and what a rotation left beside it. */
  remove(): void {
    this.#change((text) =>
      [`${this.variable}_previous_until`, `${this.variable}_previous`, this.variable].reduce(
        (left, name) => setEntry(left, this.file, name, undefined),
        text,
      ),
    );
  }

  /** Throws what `begin` would, without writing: a place that cannot be changed, a file that cannot be replaced. */
  rehearse(): void {
    const kept = this.#read();
    const values = this.#values(kept);
    const old = values[this.variable] as Raw;
    const to = old instanceof VaultText ? old : 'sk-0';
    swapValue(
      addBefore(kept, this.file, this.variable, `${this.variable}_previous`, old),
      this.file,
      this.variable,
      old,
      to,
    );
    this.#writable();
  }

  /** A change is of what was seen by `state`: somebody else's edit in between is never overwritten. */
  #change(edit: (text: string, values: Record<string, unknown>) => string): void {
    const before = this.#onDisk;
    const text = this.#plain(before);
    const after = edit(text, this.#values(text));
    if (after === text) return;
    this.#writable();
    const sealed = isVault(before) ? this.#resealed(before, after) : after;
    if (readText(this.file, this.#where) !== before)
      throw this.#wrong('was changed by somebody else meanwhile: it is left as it is');
    storeFile(this.file, sealed);
    this.#onDisk = sealed;
  }

  #read(): string {
    this.#onDisk = readText(this.file, this.#where);
    return this.#plain(this.#onDisk);
  }

  #plain(onDisk: string): string {
    const text = isVault(onDisk) ? this.vault.open(onDisk, this.#where) : onDisk;
    if (text.includes('\uFFFD')) throw this.#wrong('is not UTF-8: hxllm cannot change it without harm');
    return text;
  }

  #values(text: string): Record<string, unknown> {
    let values: unknown;
    try {
      values = parseYaml(text, this.file).value;
    } catch {
      // an inventory in INI, say
    }
    if (typeof values === 'object' && values && this.variable in values)
      return values as Record<string, unknown>;
    throw this.#wrong(
      `${this.variable} is no entry of a file of variables here: hxllm cannot change it`,
      'move it into a file of group_vars, best an encrypted one',
    );
  }

  #reveal(name: string, raw: unknown): Secret {
    if (raw instanceof VaultText) return this.vault.openSecret(raw.text, `${this.#where}: ${name}`);
    if (typeof raw === 'string' && raw !== '') return this.vault.keep(raw);
    throw this.#wrong(`${name} should be a string`);
  }

  #sealedAs(old: VaultText, fresh: Secret): VaultText {
    return new VaultText(this.#resealed(old.text, fresh.reveal()));
  }

  /** With the password that opens the old text, under its label, with its line ends. */
  #resealed(old: string, text: string): string {
    const sealed = seal(text, this.vault.passwordOf(old, this.#where).read().reveal(), labelOf(old));
    return old.includes('\r\n') ? sealed.replaceAll('\n', '\r\n') : sealed;
  }

  /** It is replaced by a rename, which asks for the folder only: a file that its owner closed stays closed. */
  #writable(): void {
    try {
      closeSync(openSync(this.file, constants.O_WRONLY));
    } catch (cause) {
      throw this.#wrong(`cannot write: ${messageOf(cause)}`);
    }
  }

  #wrong(message: string, hint = 'look at it, then run it again'): HxError {
    return new HxError({ code: 'vault', message, where: this.#where, hint });
  }
}

function readText(file: string, where: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new HxError({ code: 'vault', message: `cannot read: ${messageOf(cause)}`, where, cause });
  }
}
