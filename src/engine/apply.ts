// Applies a plan on one host: uploads, then the one script, whose events are told as they come.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { HxError } from '../errors.js';
import type { Upload } from '../resources/kind.js';
import { quote } from '../shell.js';
import type { Session } from '../ssh/types.js';
import type { Plan } from './plan.js';
import { applyScript, LOCKED, type Run, type Step, stepsOf } from './script.js';

/** The host gives up after 5 s without one. */
const BEAT_MS = 1000;
const LONGEST_MS = 4 * 3600_000;

const PACE_MS = 1000;

type Say = (text: string) => void;

export interface Watch {
  /** A sentence about what is going on: `venv /opt/…: installing packages`. */
  say: Say;
  signal?: AbortSignal;
}

/** Makes the plan's changes. Throws HxError `locked`, `host-failed` or `connection-lost`; the host is then as the message says. */
export async function apply(session: Session, plan: Plan, run: Run, watch: Watch): Promise<void> {
  const steps = stepsOf(plan);
  const progress = paced(watch.say);
  for (const upload of plan.changes.flatMap((c) => c.uploads ?? []))
    await send(session, upload, progress, watch.signal);
  const state: State = { log: [] };
  const running = session.open(applyScript(steps, run), {
    shell: 'bash',
    timeoutMs: LONGEST_MS,
    onLine: (line) => follow(line, steps, state, watch.say, progress),
    ...(watch.signal ? { signal: watch.signal } : {}),
  });
  const beat = setInterval(() => running.write('beat\n'), BEAT_MS);
  try {
    const { code, stderr } = await running.done;
    if (code === 0 && state.done) return;
    throw failure(session.name, code, stderr, steps, state);
  } finally {
    clearInterval(beat);
  }
}

interface State {
  done?: boolean;
  locked?: string;
  failed?: number;
  step?: number;
  log: string[];
}

function follow(line: string, steps: readonly Step[], state: State, say: Say, progress: Say): void {
  const [, event = '', rest = ''] = /^@@ (\w+) ?(.*)$/.exec(line) ?? [];
  const title = steps[state.step ?? -1]?.title ?? '';
  if (event === 'start') {
    state.step = Number(rest);
    say(steps[state.step]?.title ?? '');
  } else if (event === 'progress') progress(`${title}: ${progressText(rest)}`);
  else if (event === 'fail') state.failed = state.step ?? 0;
  else if (event === 'log') state.log.push(rest);
  else if (event === 'locked') state.locked = rest;
  else if (event === 'done') state.done = true;
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
    return `${status} ${Math.floor((completed / total) * 100)} % of ${(total / 1e6).toFixed(1)} MB`;
  } catch {
    return text;
  }
}

function failure(
  host: string,
  code: number | null,
  stderr: string,
  steps: readonly Step[],
  state: State,
): HxError {
  if (code === LOCKED || state.locked !== undefined) {
    return new HxError({
      code: 'locked',
      where: host,
      message: `another run holds the lock: ${state.locked}`,
      hint: 'wait for it; a dead holder frees the lock by itself',
    });
  }
  if (state.failed !== undefined) {
    const title = steps[state.failed]?.title;
    const log = state.log.map((l) => `    ${l}`).join('\n');
    return new HxError({
      code: 'host-failed',
      where: host,
      message: `${title} failed\n${log}`,
      hint: `mend the cause and run it again: what was done stays, the rest follows`,
    });
  }
  if (code === null)
    return new HxError({
      code: 'connection-lost',
      where: host,
      message: `the connection was lost at: ${steps[state.step ?? 0]?.title}`,
      hint: 'the host stops by itself; run it again',
    });
  return new HxError({
    code: 'host-failed',
    where: host,
    message: `the apply ended with code ${code} at: ${steps[state.step ?? 0]?.title}\n${stderr.trim()}`,
  });
}

/** Checks a file before it travels, and skips it when the host has it already. */
async function send(session: Session, upload: Upload, say: Say, signal?: AbortSignal): Promise<void> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(upload.local), hash);
  } catch (cause) {
    throw new HxError({
      code: 'config',
      message: `${upload.local} cannot be read: ${(cause as Error).message}`,
      hint: 'the path is one of the control node',
    });
  }
  const digest = hash.digest('hex');
  if (digest !== upload.sha256) {
    throw new HxError({
      code: 'config',
      where: upload.local,
      message: `SHA-256 is ${digest}, not ${upload.sha256}`,
      hint: 'get the file again, or correct the checksum in the inventory',
    });
  }
  const remote = quote(upload.remote);
  const there = await session.run(
    `mkdir -p -m 0700 /var/lib/hxllm/uploads; echo '${digest}  ${upload.remote}' | sha256sum -c --status 2>/dev/null && echo there; test -d ${remote} && exit 1; true\n`,
  );
  if (there.stdout.includes('there')) return;
  await session.upload(upload.local, upload.remote, {
    onProgress: (bytes, total) =>
      say(
        `sending ${upload.local.split('/').at(-1)}: ${Math.floor((bytes / total) * 100)} % of ${(total / 1e6).toFixed(1)} MB`,
      ),
    ...(signal ? { signal } : {}),
  });
}

/** Bytes come many times a second: people get one word a second. */
function paced(say: Say): Say {
  let last = 0;
  return (text) => {
    if (Date.now() - last < PACE_MS) return;
    last = Date.now();
    say(text);
  };
}
