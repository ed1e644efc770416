// Files of this machine that many connections need: each is read once, while a fleet is being connected to.
import { readFile } from 'node:fs/promises';

export class Texts {
  readonly #found = new Map<string, Promise<string>>();

  /** Rejects as readFile does. */
  read(path: string): Promise<string> {
    const found = this.#found.get(path) ?? readFile(path, 'utf8');
    found.catch(() => {}); // whoever asked knows
    this.#found.set(path, found);
    return found;
  }

  /** It was changed. */
  forget(path: string): void {
    this.#found.delete(path);
  }
}
