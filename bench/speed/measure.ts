// A command's wall time, CPU time and peak memory, those of its children included; and what is made of many such figures.
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { poll, sleep } from '../../src/retry.js';
import { ROOT } from '../../test/support/built.js';
import { run } from '../../test/support/cli.js';

export interface Command {
  argv: string[];
  env?: Record<string, string>;
  /** What is wrong with what it printed: that is no measurement either. */
  fault?: (said: string) => string | undefined;
}

export interface Figures {
  /** Seconds. */
  wall: number;
  cpu: number;
  /** The largest single process, in MB. */
  rss: number;
  /** False when something else worked on this machine just before. */
  quiet: boolean;
  /** Both its streams. */
  said: string;
}

/** The clock starts here and not in a process of ours that may be busy. */
const TIMER = `
import json, resource, subprocess, sys, time
began = time.monotonic()
ran = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
wall = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({'wall': wall, 'cpu': used.ru_utime + used.ru_stime, 'rss': used.ru_maxrss / 1024,
                  'code': ran.returncode, 'said': ran.stdout.decode(errors='replace')}))
`;

/** Of the machine, in clock ticks: all, and those in which it had nothing to do. */
function ticks(): { all: number; idle: number } {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const parts = line.split(/\s+/).slice(1).map(Number);
  return { all: parts.reduce((sum, part) => sum + part, 0), idle: (parts[3] ?? 0) + (parts[4] ?? 0) };
}

/** Waits until the machine has nothing else to do; false when that does not come. */
export async function quiet(): Promise<boolean> {
  const isIdle = async () => {
    const before = ticks();
    await sleep(250);
    const after = ticks();
    return (after.idle - before.idle) / (after.all - before.all) > 0.8 || undefined;
  };
  return (await poll(isIdle, { timeoutMs: 4000, everyMs: 10 })) === true;
}

/** What a command took. One that does not end with the code that is wanted is no measurement. */
export async function measure({ argv, env, fault }: Command, code = 0): Promise<Figures> {
  const isQuiet = await quiet();
  const own = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(HXLLM|ANSIBLE|NODE_OPTIONS)/.test(name)),
  );
  const ran = await run('python3', ['-c', TIMER, ...argv], {
    cwd: ROOT,
    env: { ...own, NO_COLOR: '1', ...env },
  });
  if (ran.code !== 0) throw new Error(`${argv.slice(0, 4).join(' ')}: ${ran.stderr}`);
  const { code: ended, ...figures } = JSON.parse(ran.stdout) as Omit<Figures, 'quiet'> & { code: number };
  const wrong = ended === code ? fault?.(figures.said) : `ended with ${ended}`;
  if (wrong) throw new Error(`${argv.slice(0, 4).join(' ')} ${wrong}:\n${figures.said.slice(-3000)}`);
  return { ...figures, quiet: isQuiet };
}

export const hxllm = (...words: string[]): string[] => [process.execPath, join(ROOT, 'bin/run.js'), ...words];

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** All figures of a run, by what was measured. */
export class Series {
  readonly #all = new Map<string, Figures[]>();

  async add(what: string, command: Command, code = 0): Promise<Figures> {
    const figures = await measure(command, code);
    this.#all.set(what, [...this.of(what), figures]);
    process.stdout.write(`  ${what}: ${figures.wall.toFixed(2)} s${figures.quiet ? '' : ' (not quiet)'}\n`);
    return figures;
  }

  of(what: string): Figures[] {
    return this.#all.get(what) ?? [];
  }

  median(what: string, figure: 'wall' | 'cpu' | 'rss' = 'wall'): number {
    return median(this.of(what).map((one) => one[figure]));
  }

  /** How many were taken while something else worked. */
  noise(): string {
    const all = [...this.#all.values()].flat();
    return `${all.filter((one) => !one.quiet).length} of ${all.length} measurements on a machine that was not quiet`;
  }
}

/** A table of a README. */
export function markdown(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  return `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${model}), Node.js ${process.version}; the hosts share these cores`;
}
