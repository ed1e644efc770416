// The steps of a rotation. What was done is told by the file alone, so that a run that dies anywhere is finished by the next one.
import { HxError } from '../../errors.js';
import type { KeyFile, KeyState } from '../../inventory/key-file.js';
import { sleep } from '../../retry.js';
import type { Secret } from '../../secret.js';
import { duration } from '../../ui/duration.js';
import type { Step } from '../../ui/listr.js';
import type { Gateways } from '../keys/gateways.js';
import type { Consumer } from './consumers.js';

export interface RotationOptions {
  file: Pick<KeyFile, 'file' | 'variable' | 'state' | 'begin' | 'end' | 'finish'>;
  gateways: Gateways;
  consumers: readonly Consumer[];
  /** Used when no rotation is under way. */
  fresh: Secret;
  /** Milliseconds that the old key lives on; undefined = as the file says, else none. */
  grace: number | undefined;
  signal: AbortSignal;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** How far it came, for the word that follows an error. */
export type Phase = 'nothing' | 'both' | 'ending' | 'unsure' | 'removing' | 'refused';

export class Rotation {
  phase: Phase = 'nothing';
  readonly isResumed: boolean;
  readonly #fresh: Secret;
  readonly #old: Secret;
  readonly #now: () => number;

  /** Throws what the file's state throws; nothing is written yet. */
  constructor(private readonly options: RotationOptions) {
    const { key, previous, until } = options.file.state();
    this.isResumed = previous !== undefined;
    this.#fresh = this.isResumed ? key : options.fresh;
    this.#old = previous ?? key;
    this.#now = options.now ?? Date.now;
    if (this.isResumed) this.phase = until === undefined ? 'both' : this.#isOver() ? 'removing' : 'ending';
  }

  steps(): Step<object>[] {
    const { file, gateways, consumers, grace } = this.options;
    const both = { accepted: [this.#fresh, this.#old], refused: [] };
    const only = { accepted: [this.#fresh], refused: [this.#old] };
    const isOver = () => this.#isOver() && 'the old key is over already';
    const noTime = () => !(grace ?? this.#until()) && 'no grace was asked for';
    return [
      { title: 'Reach the gateways', run: (_, { say }) => gateways.reach(say) },
      {
        title: `Write the new key into ${file.file}, the old one beside it`,
        skip: () => this.isResumed && 'both are there: an earlier rotation is finished',
        run: () => {
          file.begin(this.#fresh);
          this.phase = 'both';
        },
      },
      {
        title: 'Let the gateways accept both keys, and prove it',
        skip: isOver,
        run: async (_, { say }) => {
          this.#expect();
          await gateways.sync('both keys', say);
          await gateways.prove(both, say);
        },
      },
      {
        title: 'Hand the new key to those who use it',
        skip: () => consumers.length === 0 && 'hxllm manages nobody that holds it',
        run: async (_, { say }) => {
          for (const consumer of consumers) {
            say(consumer.name);
            await consumer.take(this.#fresh, (text) => say(`${consumer.name}: ${text}`));
          }
        },
      },
      {
        title: 'Set the end of the old key on the gateways',
        skip: () => noTime() || isOver(),
        run: (_, { say }) => this.#end(grace === undefined ? this.#until() : this.#in(grace), say),
      },
      {
        title: 'Wait for that end',
        skip: () => noTime() || isOver(),
        run: (_, { say }) => this.#wait(say),
      },
      {
        title: 'Take the old key away',
        run: async (_, { say }) => {
          await gateways.reach(say);
          if (this.#isOver()) {
            this.phase = 'removing';
            this.#expect();
            await gateways.sync('old key removed', say);
          } else await this.#end(this.#in(0), say, 'old key removed');
        },
      },
      {
        title: 'Prove that the old key is refused and the new one accepted',
        run: async (_, { say }) => {
          this.phase = 'removing';
          await gateways.prove(only, say);
        },
      },
      {
        title: `Remove the old key from ${file.file}`,
        run: () => {
          this.phase = 'refused';
          this.#expect();
          file.finish();
        },
      },
    ];
  }

  /** Unix seconds, as the file says. */
  #until(): number | undefined {
    return this.options.file.state().until;
  }

  #isOver(): boolean {
    return (this.#until() ?? Number.POSITIVE_INFINITY) * 1000 <= this.#now();
  }

  #in(ms: number): number {
    return Math.floor((this.#now() + ms) / 1000);
  }

  /** Writes the end into the file, then onto the gateways. Where one does not take it, it is taken back from all. */
  async #end(until: number | undefined, say: (text: string) => void, what?: string): Promise<void> {
    const { file, gateways } = this.options;
    const { until: before } = this.#expect();
    file.end(until);
    this.phase = what ? 'removing' : 'ending';
    try {
      await gateways.sync(what ?? `old key until ${timeOf(until ?? 0)}`, say);
    } catch (error) {
      if (this.options.signal.aborted) throw error;
      this.#expect();
      file.end(before);
      // those that are reached accept it again; one that was lost may have taken the end before, and the error tells of it
      const isOver = (until ?? 0) * 1000 <= this.#now();
      this.phase = await gateways.sync('both keys', say).then(
        () => (before === undefined ? 'both' : 'ending'),
        () => (isOver ? 'unsure' : 'ending'),
      );
      throw error;
    }
  }

  async #wait(say: (text: string) => void): Promise<void> {
    for (;;) {
      const until = this.#until();
      const left = (until ?? 0) * 1000 - this.#now();
      if (left <= 0) return;
      say(`the old key is accepted until ${timeOf(until ?? 0)}, ${duration(left)} more`);
      await sleep(Math.min(left, paceOf(left)), this.options.signal);
    }
  }

  /** The file must still be of this rotation: what somebody else wrote meanwhile is left to a person. */
  #expect(): KeyState {
    const { file } = this.options;
    const state = file.state();
    const same = state.key.reveal() === this.#fresh.reveal();
    if (same && state.previous?.reveal() === this.#old.reveal()) return state;
    throw new HxError({
      code: 'vault',
      message: `${file.variable}${same ? '_previous' : ''} is no longer what this rotation wrote: somebody else changed it`,
      where: file.file,
      hint: 'both keys are accepted for now; look at the file, put the right key there, then: hxllm deploy',
    });
  }
}

/** A line per event elsewhere than on a terminal: days must not fill a log. */
function paceOf(left: number): number {
  if (left > 600_000) return 60_000;
  return left > 60_000 ? 10_000 : left > 10_000 ? 5_000 : 1_000;
}

/** `22:10:04 UTC`, with its date when that is not today's. */
export function timeOf(seconds: number, now = Date.now()): string {
  const [day, time] = new Date(seconds * 1000).toISOString().slice(0, 19).split('T') as [string, string];
  return new Date(now).toISOString().startsWith(day) ? `${time} UTC` : `${day} ${time} UTC`;
}

/** What a person must know after an error or a Ctrl-C. */
export function afterwards(phase: Phase, command: string): string {
  const again = `run it again to finish: ${command}`;
  if (phase === 'nothing') return 'nothing was changed: the old key is the only one';
  if (phase === 'both') return `the old key stays accepted everywhere; ${again}`;
  if (phase === 'ending') return `the old key is accepted until its end; ${again}`;
  if (phase === 'unsure')
    return `the old key stays accepted, but may be refused already on a gateway that failed here; ${again}`;
  if (phase === 'refused') return `the old key is refused everywhere, but still in the file; ${again}`;
  return `the new key is accepted; that the old one is refused everywhere is not proven; ${again}`;
}
