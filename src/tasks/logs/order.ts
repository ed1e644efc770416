// Entries of many hosts as one, in the order of their times.
import type { Entry } from '../../services/journal.js';

export interface Line {
  host: string;
  entry: Entry;
}

/** A host's entries in the order of time; `undefined` is its end. */
export type Source = () => Promise<Line | undefined>;

/** Of whole journals: nothing is given before each has shown its next entry, so one entry of each is held. */
export async function merged(sources: readonly Source[], give: (line: Line) => void): Promise<void> {
  const heads = await Promise.all(sources.map(async (next) => ({ next, line: await next() })));
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads)
      if (head.line && (!first?.line || head.line.entry.time < first.line.entry.time)) first = head;
    if (!first?.line) return;
    give(first.line);
    first.line = await first.next();
  }
}

/** Of what comes now: each is held for a moment, in which an earlier one of a slower host may still come. */
export class Window {
  #held: { line: Line; came: number }[] = [];

  constructor(readonly ms: number) {}

  add(line: Line, now: number): void {
    this.#held.push({ line, came: now });
  }

  /** Those that were held long enough, and all that are older than these. */
  due(now: number): Line[] {
    const late = this.#held.filter(({ came }) => now - came >= this.ms);
    const last = Math.max(...late.map(({ line }) => line.entry.time));
    return this.#take(({ line }) => line.entry.time <= last);
  }

  /** All that are held. */
  rest(): Line[] {
    return this.#take(() => true);
  }

  #take(wanted: (held: { line: Line }) => boolean): Line[] {
    const taken = this.#held.filter(wanted);
    this.#held = this.#held.filter((held) => !wanted(held));
    return taken.map(({ line }) => line).sort((a, b) => a.entry.time - b.entry.time);
  }
}
