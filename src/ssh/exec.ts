// One command on one channel: its stdin, its output as bytes, its end.
import { constants } from 'node:os';
import { PassThrough } from 'node:stream';
import { HxError, messageOf } from '../errors.js';
import { sleep } from '../retry.js';
import type { Secret } from '../secret.js';
import { command } from '../shell.js';
import { Lines } from './lines.js';
import type { Slots } from './slots.js';
import { SudoGate } from './sudo.js';
import { passwordMissing, passwordWrong, sudoRefusal, sudoSilent } from './sudo-refusals.js';
import type { Channel, Transport } from './transport.js';
import type { Exec, RunOptions } from './types.js';

/** sudo may wait for a name server (10 s) or after a wrong password, but not for ever: open() and upload() have no time of their own. */
const SUDO_MS = 30_000;

/** Where commands run, and as whom. */
export interface Place {
  name: string;
  client: Transport;
  slots: Slots;
  user: string;
  sudo: boolean;
  password: Secret | undefined;
}

export interface Started {
  /** Reaches the command once it runs (as root), never sudo. */
  input: PassThrough;
  pause(): void;
  resume(): void;
  done: Promise<Exec>;
}

export function start(place: Place, argv: string[], options: RunOptions): Started {
  const { name, slots, user } = place;
  const gate = place.sudo ? new SudoGate() : undefined;
  const words = ['env', 'LC_ALL=C', ...argv];
  const line = gate ? gate.wrap(words) : command(...words);
  const input = new PassThrough();
  const stdin = gate ? new PassThrough() : input;
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  const lines = options.onLine && new Lines(options.onLine);
  let channel: Channel | undefined;
  let over = false;
  const keep = options.keep ?? true;
  let stop: (reason: unknown) => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = (reason) => {
      over = true;
      reject(reason);
      channel?.close();
    };
  });
  stopped.catch(() => {});

  const onStderr = (chunk: Buffer): void => {
    if (!gate || gate.open) return void stderr.push(chunk);
    const answer = gate.feed(chunk);
    if (Buffer.isBuffer(answer)) {
      stderr.push(answer);
      input.pipe(stdin);
    } else if (answer === 'ask') {
      if (place.password === undefined) stop(passwordMissing(name, user));
      else stdin.write(`${place.password.reveal()}\n`);
    } else if (answer === 'again') stop(passwordWrong(name, user));
  };

  const execute = async (): Promise<Exec> => {
    const end = await opened(place, line, {
      stdin,
      onChannel: (opened) => {
        channel = opened;
        if (over) opened.close(); // stopped while it was being opened
      },
      onStdout: (chunk) => {
        if (keep) stdout.push(chunk);
        lines?.push(chunk);
      },
      onStderr,
    });
    // of a connection that was lost the last line may be a part of one
    if (keep || end.code !== null) lines?.end();
    const code =
      end.signal === null ? end.code : 128 + (constants.signals[end.signal as NodeJS.Signals] ?? 0);
    if (gate && !gate.open && code !== null) throw sudoRefusal(name, user, gate.said(), code);
    return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() };
  };

  const run = async (): Promise<Exec> => {
    const { signal, timeoutMs } = options;
    const abort = () => stop(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const give = await slots.take();
    const late = () =>
      stop(gate && !gate.open ? sudoSilent(name, gate.said()) : tooLong(name, timeoutMs ?? 0));
    const timer = timeoutMs && setTimeout(late, timeoutMs);
    const gateTimer = gate && setTimeout(() => gate.open || late(), SUDO_MS);
    const finished = (over ? stopped : execute()).finally(give);
    try {
      return await Promise.race([finished, stopped]);
    } finally {
      finished.catch(() => {});
      clearTimeout(timer || undefined);
      clearTimeout(gateTimer);
      signal?.removeEventListener('abort', abort);
      input.destroy();
      stdin.destroy();
    }
  };
  const done = run();
  done.catch(() => {}); // the caller may await it late
  // only what has printed is told to wait, so there is a channel
  return { input, pause: () => channel?.pause(), resume: () => channel?.resume(), done };
}

/** sshd frees a closed session late and then refuses a new one for a moment (docs/traps.md, ssh). */
async function opened({ name, client }: Place, line: string, options: Parameters<Transport['exec']>[1]) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.exec(line, options);
    } catch (error) {
      if (!client.connected || /not connected|no response/i.test(messageOf(error)))
        return { code: null, signal: null };
      if (/open fail/i.test(messageOf(error)) && attempt < 5) {
        await sleep(50 * attempt);
        continue;
      }
      throw new HxError({
        code: 'host-failed',
        where: name,
        message: `sshd does not run a command: ${messageOf(error)}`,
        hint: 'look at MaxSessions and ForceCommand in the host’s sshd_config, and at journalctl -u ssh',
        cause: error,
      });
    }
  }
}

function tooLong(name: string, ms: number): HxError {
  return new HxError({
    code: 'host-failed',
    where: name,
    message: `no end after ${Math.round(ms / 1000)} s`,
    hint: 'the host may be overloaded, or a step waits for something: look with -v',
  });
}

/** Refuses a result without an exit code: ssh2 resolves when the connection is lost (docs/traps.md, ssh). */
export function ended({ name, client }: Place, result: Exec): Exec {
  if (result.code !== null) return result;
  throw new HxError({
    code: 'connection-lost',
    where: name,
    message: `the connection was lost before the command ended${client.lost ? ` (${client.lost.message})` : ''}`,
    hint: 'whether it finished is not known: run the same again, hxllm looks first',
    cause: client.lost,
  });
}
