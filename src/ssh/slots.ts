// At most n at once, the rest wait in line.

export class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(size: number) {
    this.#free = size;
  }

  /** Resolves with the function that gives the slot back. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    };
  }

  async use<T>(work: () => Promise<T>): Promise<T> {
    const give = await this.take();
    try {
      return await work();
    } finally {
      give();
    }
  }
}

/**
 * Kept by the caller for a whole run: caps the handshakes per address, since sshd drops unauthenticated connections above
 * MaxStartups 10 (docs/traps.md, ssh): a bastion, or several inventory names for one host, would meet that.
 */
export class Dialer {
  readonly #perAddress = new Map<string, Slots>();
  #begin = () => {};
  /** Resolves when the first handshake is about to begin. */
  readonly begun = new Promise<void>((resolve) => {
    this.#begin = resolve;
  });

  constructor(readonly limit = 8) {}

  at(address: string): Slots {
    this.#begin();
    const slots = this.#perAddress.get(address) ?? new Slots(this.limit);
    this.#perAddress.set(address, slots);
    return slots;
  }
}
