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

/** Shorter pieces of base64 could be of anything. */
const SHORTEST_BASE64 = 8;

/** What stands in the base64 of any text that holds this one: three forms, by where in a group of three bytes it begins. */
function withinBase64(text: string): string[] {
  const bytes = Buffer.from(text);
  const forms = [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // characters that its neighbours have a part in are left out
    return whole.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  return forms.filter((form) => form.length >= SHORTEST_BASE64);
}

/** Knows every secret of one run and blanks it, also in its usual encodings, out of a text. */
export class Masker {
  readonly #texts = new Set<string>();

  add(secret: Secret | string): void {
    const plain = typeof secret === 'string' ? secret : secret.reveal();
    for (const text of [plain, ...plain.split('\n')].map((t) => t.trim())) {
      if (text.length < SHORTEST) continue;
      const forms = [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)];
      for (const form of [...forms, Buffer.from(text).toString('base64'), ...withinBase64(text)])
        this.#texts.add(form);
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
