// Signals as an AbortSignal: the first one lets the tasks stop and the hosts be safe, a second one ends the process at once.
import { setMaxListeners } from 'node:events';
import { EXIT, HxError } from '../errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Interrupt {
  readonly #controller = new AbortController();

  constructor() {
    // each host listens: Node takes more than ten for a leak, and says so to the user
    setMaxListeners(0, this.signal);
    for (const name of SIGNALS) process.on(name, this.#onSignal);
    process.stdout.on('error', this.#onPipe);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why the run was interrupted; undefined when it was not, also when only the reader of a pipe went away. */
  get reason(): HxError | undefined {
    return this.signal.reason instanceof HxError ? this.signal.reason : undefined;
  }

  release(): void {
    for (const name of SIGNALS) process.off(name, this.#onSignal);
    process.stdout.off('error', this.#onPipe);
  }

  readonly #onSignal = (name: NodeJS.Signals): void => {
    if (this.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write(
      `\n${name}: stopping; a second one ends hxllm at once and leaves the hosts to restore themselves\n`,
    );
    this.#controller.abort(new HxError({ code: 'interrupted', message: `Interrupted by ${name}.` }));
  };

  /** `hxllm logs -f | head -1`: nobody reads any more, so following ends. */
  readonly #onPipe = (error: NodeJS.ErrnoException): void => {
    if (error.code === 'EPIPE') this.#controller.abort(error);
  };
}
