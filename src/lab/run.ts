// Runs programs of this machine for the lab; a failure is an HxError with the program's last words.
import { spawn } from 'node:child_process';
import { HxError } from '../errors.js';

export interface RunOptions {
  input?: string;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Each line of stdout and stderr as it comes. */
  onLine?: (line: string) => void;
  signal?: AbortSignal | undefined;
  hint?: string;
}

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end, whatever its exit code. */
export function attempt(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: options.env ?? process.env,
      stdio: 'pipe',
      ...(options.cwd && { cwd: options.cwd }),
      ...(options.signal && { signal: options.signal }),
    });
    const out = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      let rest = '';
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        out[stream] += text;
        if (!options.onLine) return;
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) options.onLine(line);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...out }));
    child.stdin.on('error', () => {}); // a program that does not read its input is no fault
    child.stdin.end(options.input);
  });
}

/** Runs a program that must succeed; returns its stdout. */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await attempt(program, args, options);
  if (code === 0) return stdout;
  const words = (stderr.trim() || stdout.trim()).split('\n').slice(-5).join('\n');
  throw new HxError({
    code: 'lab',
    message: `${[program, ...args.slice(0, 3)].join(' ')} ended with ${code ?? 'a signal'}: ${words}`,
    hint: options.hint,
  });
}

/** Removes a folder; stops at anything that is mounted in it. */
export const removeTree = (path: string) => run('rm', ['-rf', '--one-file-system', '--', path]);
