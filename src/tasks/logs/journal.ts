// The journal of one host over its connection: what there is, then what comes; connected again after a cut, no line lost or twice.
import { EXIT, HxError } from '../../errors.js';
import { sleep } from '../../retry.js';
import type { Run } from '../../run.js';
import { type Entry, type JournalQuery, journalScript, readEntry, SILENCE } from '../../services/journal.js';
import type { Session } from '../../ssh/types.js';
import { connectHost, type FleetHost } from '../fleet.js';
import type { Line } from './order.js';

/** Entries of a host that are held while others are slower; then the host waits. */
const MOST = 400;
const BEAT_MS = (SILENCE * 1000) / 4;
const AGAIN_MS = [500, 1000, 2000, 4000, 8000];

export interface Asked extends JournalQuery {
  /** For the messages; never part of a script. */
  pattern?: string | undefined;
}

/** Tells of a host on stderr. */
export type Tell = (text: string) => void;

export class HostJournal {
  /** Of the last entry that came: where following begins. */
  #cursor: string | undefined;
  /** Why its entries are not whole. */
  error: HxError | undefined;

  constructor(
    readonly entry: FleetHost,
    readonly asked: Asked,
    readonly run: Run,
  ) {}

  /** What there is, one by one. A host that is lost ends early, with its error. */
  whole(): () => Promise<Line | undefined> {
    const { session, error, name } = this.entry;
    const held: Entry[] = [];
    let ended = false;
    let wake = () => {};
    if (!session) {
      this.error = error ?? new HxError({ code: 'unreachable', where: name, message: 'no connection' });
      return async () => undefined;
    }
    const running = this.#open(session, {}, (one) => {
      if (held.push(one) >= MOST) running.pause();
      wake();
    });
    const end = (error?: unknown) => {
      if (error) this.error = error as HxError;
      ended = true;
      wake();
    };
    running.done.then(() => end(), end);
    return async () => {
      while (held.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve));
      const one = held.shift();
      if (held.length === MOST / 4) running.resume();
      return one && { host: name, entry: one };
    };
  }

  /** What comes after what there was at `began` (ms since 1970), until the run is interrupted. It throws only what connecting again cannot mend. */
  async follow(began: number, give: (line: Line) => void, tell: Tell): Promise<void> {
    const { entry, run } = this;
    let attempt = 0;
    for (;;) {
      if (entry.session) {
        if (attempt > 0) tell(`${entry.name}: connected again`);
        attempt = 0;
        const from = this.#cursor === undefined ? { since: ago(began) } : { after: this.#cursor };
        const given = (one: Entry) => give({ host: entry.name, entry: one });
        await this.#open(entry.session, { ...from, follow: true }, given).done.catch((error: HxError) => {
          run.signal.throwIfAborted();
          if (error.exitCode !== EXIT.unreached) throw error;
        });
        entry.session.close();
        tell(`${entry.name}: the connection was lost, connecting again`);
      }
      await sleep(AGAIN_MS[Math.min(attempt++, AGAIN_MS.length - 1)] as number, run.signal);
      await connectHost(entry, run);
      if (entry.error && !['unreachable', 'connection-lost'].includes(entry.error.code)) throw entry.error;
    }
  }

  #open(
    session: Session,
    what: Pick<JournalQuery, 'since' | 'after' | 'follow'>,
    give: (one: Entry) => void,
  ) {
    const { pattern, since, lines, ...asked } = this.asked;
    const query = what.follow
      ? { ...asked, ...what }
      : { ...asked, ...(since === undefined ? {} : { since }), ...(lines === undefined ? {} : { lines }) };
    const onLine = (line: string) => {
      const one = readEntry(line);
      if (!one) return;
      this.#cursor = one.cursor;
      give(one);
    };
    const script = journalScript({ ...query, grep: pattern !== undefined });
    const running = session.open(script, { shell: 'bash', keep: false, signal: this.run.signal, onLine });
    if (pattern !== undefined) running.write(`${pattern}\n`);
    const beat = setInterval(() => running.write('\n'), BEAT_MS);
    const done = running.done
      .finally(() => clearInterval(beat))
      .then(({ code, stderr }) => {
        // a signal: a shutdown, or the host's own end when it heard nothing from here, as after a sleep of this machine
        if (code === null || code > 128)
          throw new HxError({
            code: 'connection-lost',
            where: session.name,
            message: 'the connection was lost before the end of its journal',
            hint: 'run the same again',
          });
        if (code !== 0 && stderr.trim() !== '') throw refused(session.name, stderr.trim());
      });
    return { ...running, done };
  }
}

/** A second earlier, so that nothing falls between; by the host's own clock. */
const ago = (began: number) => `-${Math.ceil((Date.now() - began) / 1000) + 1}`;

/** What journalctl says is said as it is. */
function refused(host: string, said: string): HxError {
  const isPattern = /pattern|regex|compile/i.test(said);
  return new HxError({
    code: isPattern ? 'usage' : 'host-failed',
    where: host,
    message: `journalctl: ${said.split('\n').at(-1)}`,
    hint: isPattern ? 'a pattern is a Perl regular expression: man 7 pcre2pattern' : undefined,
  });
}
