// Secrets: a wrapper that never prints itself, and a masker for texts that may hold one.

const HIDDEN = '[secret]';

/** A value that shows itself only to `reveal()`: not in templates, logs, JSON or the inspector. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return HIDDEN;
  }
  toJSON(): string {
    return HIDDEN;
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN;
  }
}

/** Shorter texts are not masked: they would blank out ordinary words. */
const SHORTEST = 6;

/** Knows every secret of one run and blanks it, also in its usual encodings, out of a text. */
export class Masker {
  readonly #texts = new Set<string>();

  add(secret: Secret | string): void {
    const plain = typeof secret === 'string' ? secret : secret.reveal();
    for (const text of [plain, ...plain.split('\n')].map((t) => t.trim())) {
      if (text.length < SHORTEST) continue;
      const forms = [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)];
      for (const form of [...forms, Buffer.from(text).toString('base64')]) this.#texts.add(form);
    }
  }

  mask(text: string): string {
    let out = text;
    // longest first, so that a secret inside another one does not leave a rest behind
    for (const secret of [...this.#texts].sort((a, b) => b.length - a.length))
      out = out.replaceAll(secret, HIDDEN);
    return out;
  }
}
