// Applies a plan on one host: uploads, then the one script, whose events are told as they come and whose proofs are made.
import { bytes } from '../bytes.js';
import { HxError, messageOf } from '../errors.js';
import type { Session } from '../ssh/types.js';
import type { Plan } from './plan.js';
import { applyScript, LOCKED, numbered, type Run } from './script.js';
import { type Step, type Steps, stepsOf } from './steps.js';
import { send } from './upload.js';

/** The host gives up after 5 s without one. */
const BEAT_MS = 1000;
const PACE_MS = 1000;

type Say = (text: string) => void;

export interface Watch {
  /** A sentence about what is going on: `venv /opt/…: installing packages`. */
  say: Say;
  /** Proves what the host changed so far: `standby`, `main`, `host`. What it throws undoes the change. */
  prove(name: string): Promise<void>;
  signal?: AbortSignal;
}

/** When a step, or a part of one, began, and how long it took. */
export interface Timed {
  title: string;
  /** ISO time on the control node. */
  at: string;
  ms: number;
}

interface State {
  done?: boolean;
  locked?: string;
  failed?: number;
  step?: number;
  /** What became of the change: `kept`, `undone`, or `left` when the undo itself failed. */
  end?: string;
  log: string[];
  times: { step: number; title: string; at: number; end?: number }[];
  /** Why the undo itself failed. */
  why: string[];
  /** Why a proof failed. */
  proof?: unknown;
}

/**
 * Makes the plan's changes. Throws HxError `undone` (all is as it was), `host-failed` (something is left), `locked`,
 * `connection-lost` (the host undoes it by itself) or what the signal says; the host is then as the message says.
 */
export async function apply(session: Session, plan: Plan, run: Run, watch: Watch): Promise<Timed[]> {
  const steps = stepsOf(plan);
  const progress = paced(watch.say);
  for (const upload of plan.changes.flatMap((c) => c.uploads ?? []))
    await send(session, upload, progress, watch.signal);
  return applySteps(session, steps, run, watch, progress);
}

export async function applySteps(
  session: Session,
  steps: Steps,
  run: Run,
  watch: Watch,
  progress = paced(watch.say),
): Promise<Timed[]> {
  const all = numbered(steps);
  const state: State = { log: [], why: [], times: [] };
  const answer = async (name: string) => {
    try {
      await watch.prove(name);
      running.write('keep\n');
    } catch (error) {
      state.proof = error;
      running.write('undo\n');
    }
  };
  const running = session.open(applyScript(steps, run), {
    shell: 'bash',
    onLine: (line) => {
      const name = follow(line, all, state, watch.say, progress);
      if (name) void answer(name);
    },
  });
  // an interrupted run says so, so that the host undoes at once, and waits for the word that it has
  const interrupt = () => running.end();
  watch.signal?.addEventListener('abort', interrupt, { once: true });
  if (watch.signal?.aborted) interrupt();
  const beat = setInterval(() => running.write('beat\n'), BEAT_MS);
  try {
    const { code, stderr } = await running.done;
    watch.signal?.throwIfAborted();
    if (code === 0 && state.done) return timed(state.times);
    throw failure(session.name, code, stderr, steps, state);
  } finally {
    clearInterval(beat);
    watch.signal?.removeEventListener('abort', interrupt);
  }
}

/** Reads one event; returns the name of a proof that is asked for. */
function follow(
  line: string,
  steps: readonly Step[],
  state: State,
  say: Say,
  progress: Say,
): string | undefined {
  const [, event = '', rest = ''] = /^@@ (\w+) ?(.*)$/.exec(line) ?? [];
  const title = (step = state.step ?? -1) => steps[step]?.title ?? '';
  if (event === 'start') {
    state.step = Number(rest);
    begin(state, title());
    say(title());
  } else if (event === 'phase') {
    end(state, state.step);
    begin(state, rest);
    say(`${title()}: ${rest}`);
  } else if (event === 'ok') end(state, Number(rest));
  else if (event === 'progress') {
    const [, step, text = ''] = /^(\d+) (.*)$/.exec(rest) ?? [];
    progress(`${title(Number(step))}: ${progressText(text)}`);
  } else if (event === 'prove') return rest;
  else if (event === 'fail') state.failed = Number(rest.split(' ')[0]);
  else if (event === 'log') state.log.push(rest);
  else if (event === 'why') state.why.push(rest);
  else if (event === 'waiting') say(`waiting for the lock: ${rest}`);
  else if (event === 'locked') state.locked = rest;
  else if (event === 'restoring') say(`putting back what an interrupted run left: ${rest}`);
  else if (event === 'undoing') say('putting back what was changed');
  else if (event === 'kept' || event === 'undone' || event === 'left') state.end = event;
  else if (event === 'done') state.done = true;
  return undefined;
}

function begin({ times, step = 0 }: State, title: string): void {
  times.push({ step, title, at: Date.now() });
}

function end({ times }: State, step: number | undefined): void {
  const open = times.findLast((one) => one.step === step);
  if (open) open.end = Date.now();
}

function timed(times: State['times']): Timed[] {
  return times.map(({ title, at, end = Date.now() }) => ({
    title,
    at: new Date(at).toISOString(),
    ms: end - at,
  }));
}

/** A line of Ollama's pull is JSON; people get bytes. */
function progressText(text: string): string {
  if (!text.startsWith('{')) return text;
  try {
    const {
      status = '',
      completed = 0,
      total,
    } = JSON.parse(text) as { status?: string; completed?: number; total?: number };
    if (!total) return status;
    return `${status} ${Math.floor((completed / total) * 100)} % of ${bytes(total)}`;
  } catch {
    return text;
  }
}

function failure(where: string, code: number | null, stderr: string, steps: Steps, state: State): HxError {
  const title = numbered(steps)[state.failed ?? state.step ?? 0]?.title ?? 'the beginning';
  if (state.locked !== undefined || code === LOCKED) {
    const hint = 'wait for it, or give --lock-wait SECONDS; a dead holder frees the lock by itself';
    return new HxError({
      code: 'locked',
      where,
      message: `another run holds the lock: ${state.locked}`,
      hint,
    });
  }
  if (code === null) {
    const hint =
      steps.change.length > 0 && state.end !== 'kept'
        ? 'the host puts back what was changed by itself; look with: hxllm plan'
        : 'what was begun there may be done; look with: hxllm plan';
    return new HxError({
      code: 'connection-lost',
      where,
      message: `the connection was lost at: ${title}`,
      hint,
    });
  }
  const proof = state.proof === undefined ? [] : messageOf(state.proof).split('\n');
  const cause = indented([...proof, ...state.log]);
  const what =
    state.failed === undefined && state.proof === undefined
      ? `the apply ended with code ${code} at: ${title}\n${stderr.trim()}`
      : `${title} failed\n${cause}`;
  if (state.end === 'left') {
    return new HxError({
      code: 'host-failed',
      where,
      message: `${what}\n  and putting it back failed too\n${indented(state.why)}`.trimEnd(),
      hint: `look with: hxllm status; hxllm verify --limit ${where}`,
    });
  }
  if (state.end === 'kept') {
    return new HxError({
      code: 'host-failed',
      where,
      message: what,
      hint: 'mend the cause and run it again: what was done stays, the rest follows',
    });
  }
  const isFull = /No space left on device/.test(what);
  return new HxError({
    code: 'undone',
    where,
    message: `${what}\n  ${state.end === 'undone' ? 'everything is as it was' : 'nothing was changed'}`,
    hint: isFull ? `make room on ${where}, and run it again: df -h` : 'mend the cause and run it again',
  });
}

const indented = (lines: readonly string[]) => lines.map((line) => `    ${line}`).join('\n');

/** Bytes come many times a second: people get one word a second. */
function paced(say: Say): Say {
  let last = 0;
  return (text) => {
    if (Date.now() - last < PACE_MS) return;
    last = Date.now();
    say(text);
  };
}
