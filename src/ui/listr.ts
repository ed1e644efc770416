// The one door to listr2: a command's story, told live on a terminal, line by line elsewhere. Its traps are closed here.
import {
  DefaultRenderer,
  Listr,
  ListrLogger,
  type ListrTask,
  type ListrTaskWrapper,
  ProcessOutput,
  type SimpleRenderer,
} from 'listr2';
import { HxError, messageOf } from '../errors.js';
import { mapLimit } from '../retry.js';
import type { Run } from '../run.js';
import { maskError } from './error.js';
import { PlainRenderer } from './plain.js';

/** What a running step can say of itself. */
export interface Telling {
  /** What it is at: `waiting for 2 running answers`. Replaces what was said before on a terminal. */
  say(text: string): void;
  /** A better title once more is known. */
  title(text: string): void;
  /** Nothing to do, and why. */
  skip(reason: string): void;
}

/** One sentence of the story. `run` does it; or `steps` are its parts in order; or `each` are its hosts, side by side. */
export interface Step<Ctx> {
  title: string;
  /** A reason not to run. */
  skip?: (ctx: Ctx) => string | false | undefined;
  run?: (ctx: Ctx, tell: Telling) => Promise<unknown> | unknown;
  steps?: (ctx: Ctx) => Step<Ctx>[];
  /** One that fails stops no other and not the story: it is among the failures. */
  each?: (ctx: Ctx) => Step<Ctx>[];
  /** The hosts of `each` one after the other. */
  oneByOne?: boolean;
}

export interface Failure {
  /** Titles from the top: `['Look at the hosts', 'hx-api-server']`. */
  path: string[];
  error: unknown;
}

export type StoryOptions = Pick<Run, 'mode' | 'signal' | 'masker' | 'parallel'>;

/** The live list must not be taller than the terminal (listr2#296): more parts than this are told as a count. */
const TALLEST = 16;

type Task = ListrTaskWrapper<object, typeof DefaultRenderer, typeof SimpleRenderer>;
type List = Listr<object, typeof DefaultRenderer, typeof SimpleRenderer>;

/** Runs the steps in order. Throws what a step throws; returns what failed under `each`. */
export async function story<Ctx>(steps: Step<Ctx>[], ctx: Ctx, options: StoryOptions): Promise<Failure[]> {
  const teller = new Teller<Ctx>(options);
  await new Listr(teller.tasks(steps, []), {
    ctx: ctx as object,
    renderer: options.mode === 'silent' ? 'silent' : options.mode === 'live' ? LiveRenderer : PlainRenderer,
    rendererOptions: {
      logger: stderrLogger(),
      collapseSubtasks: false,
      collapseErrors: false,
      showErrorMessage: true,
    },
    collectErrors: false, // the minimal form misses what a parent swallowed: failures are kept here
    registerSignalListeners: false, // its handler exits at once and no `finally` runs
  } as object).run();
  return teller.failures;
}

/** A fault of hxllm's own: nothing may be said of a host after it. */
export function throwFault(failures: readonly Failure[]): void {
  const fault = failures.find(({ error }) => !(error instanceof HxError));
  if (fault) throw fault.error;
}

/** On stderr, so that stdout being a pipe does not matter to it. */
class LiveRenderer extends DefaultRenderer {
  static override nonTTY = true;
}

function stderrLogger(): ListrLogger {
  return new ListrLogger({
    useIcons: true,
    processOutput: new ProcessOutput(process.stderr, process.stderr),
  });
}

/** Turns steps into listr2's tasks and keeps what failed. */
class Teller<Ctx> {
  readonly failures: Failure[] = [];
  constructor(private readonly options: StoryOptions) {}

  tasks(steps: Step<Ctx>[], above: string[], isolated = false): ListrTask[] {
    return steps.map((step) => {
      const path = [...above, step.title];
      return {
        title: step.title,
        skip: (ctx: Ctx) => this.#skipText(step.title, step.skip?.(ctx)),
        exitOnError: !isolated && !step.each,
        task: (ctx: Ctx, task: Task) => this.#act(step, path, ctx, task, isolated),
      } as ListrTask;
    });
  }

  async #act(step: Step<Ctx>, path: string[], ctx: Ctx, task: Task, isolated: boolean): Promise<unknown> {
    this.options.signal.throwIfAborted();
    const failed = (error: unknown): never => {
      if (error instanceof Error) maskError(error, this.options.masker);
      if (isolated) this.failures.push({ path, error });
      throw error;
    };
    try {
      if (step.each) return await this.#each(step.each(ctx), path, ctx, task, step.oneByOne === true);
      if (!step.steps) return void (await step.run?.(ctx, this.#telling(task)));
      const list = task.newListr(this.tasks(step.steps(ctx), path), { concurrent: false, exitOnError: true });
      return around(list, (run) => run.catch(failed));
    } catch (error) {
      return failed(error);
    }
  }

  async #each(steps: Step<Ctx>[], path: string[], ctx: Ctx, task: Task, oneByOne: boolean): Promise<unknown> {
    const { mode, parallel, signal } = this.options;
    const before = this.failures.length;
    const check = () => {
      signal.throwIfAborted();
      const failed = this.failures.length - before;
      if (failed) throw new HxError({ code: 'host-failed', message: `${failed} of ${steps.length} failed` });
    };
    if (mode === 'live' && steps.length > TALLEST && !oneByOne) {
      await this.#count(steps, path, ctx, task);
      return check();
    }
    const list = task.newListr(this.tasks(steps, path, true), {
      concurrent: oneByOne ? false : parallel,
      exitOnError: false,
    });
    // a parent whose parts failed would show a tick: it fails after them
    return around(list, (run) => run.then(check));
  }

  async #count(steps: Step<Ctx>[], path: string[], ctx: Ctx, task: Task): Promise<void> {
    let done = 0;
    const quiet: Telling = { say: () => {}, title: () => {}, skip: () => {} };
    await mapLimit(steps, this.options.parallel, async (step) => {
      if (this.options.signal.aborted) return;
      try {
        if (!step.skip?.(ctx)) await step.run?.(ctx, quiet);
      } catch (error) {
        if (error instanceof Error) maskError(error, this.options.masker);
        this.failures.push({ path: [...path, step.title], error });
      }
      task.output = `${++done} of ${steps.length}`;
    });
  }

  /** The live list shows the reason in the title's place. */
  #skipText(title: string, reason: string | false | undefined): string | false {
    if (!reason) return false;
    return this.options.mode === 'live' ? `${title}: ${reason}` : reason;
  }

  #telling(task: Task): Telling {
    const { masker } = this.options;
    return {
      say: (text) => {
        task.output = masker.mask(text);
      },
      title: (text) => {
        task.title = masker.mask(text);
      },
      skip: (reason) => task.skip(this.#skipText(task.title, masker.mask(reason)) || reason),
    };
  }
}

/** listr2 runs a list that a task returned: this is the only way to act after it. */
function around(list: List, then: (run: Promise<unknown>) => Promise<unknown>): List {
  const run = list.run.bind(list);
  list.run = (context) => then(run(context)) as Promise<object>;
  return list;
}

/** For a report: `hx-api-server: cannot be reached`. */
export function failureText(failure: Failure): string {
  return `${failure.path.at(-1)}: ${messageOf(failure.error)}`;
}
