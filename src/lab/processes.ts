// Finds lab hosts among the machine's processes. What runs is read from /proc, never remembered: pids are reused.
import { readdirSync, readFileSync } from 'node:fs';
import { MARK } from './paths.js';

/** The init of a running host. */
export interface Init {
  pid: number;
  /** Its systemd-nspawn; 1 or another process when that was killed and the host is an orphan. */
  parent: number;
  parentName: string;
  lab: string;
  short: string;
  /** Milliseconds since 1970. */
  since: number;
  /** As `startOf` says it. */
  started: string;
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // gone meanwhile
  }
}

const pids = () => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** Clock ticks per second as /proc counts them: a constant of the kernel's interface, not of its configuration. */
const TICKS = 100;

/**
 * When a process was started, as the kernel counts it: with the pid it names one process for ever. '' when it is
 * gone; so is one that has ended and only waits for its parent to notice.
 */
export function startOf(pid: number | string): string {
  const fields = text(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields[0] === 'Z' ? '' : (fields[19] ?? '');
}

export function findInits(): Init[] {
  const boot = Number(/^btime (\d+)/m.exec(text('/proc/stat'))?.[1]) * 1000;
  return pids().flatMap((pid) => {
    const status = text(`/proc/${pid}/status`);
    // an init is number 1 in a pid namespace of its own
    if (!/^NSpid:\t\d+\t(.*\t)?1$/m.test(status)) return [];
    const [lab, short] = text(`/proc/${pid}/root${MARK}`).trim().split('/');
    if (!lab || !short) return [];
    const parent = Number(/^PPid:\t(\d+)/m.exec(status)?.[1]);
    const parentName = text(`/proc/${parent}/comm`).trim();
    const started = startOf(pid);
    const since = boot + (Number(started) * 1000) / TICKS;
    return [{ pid: Number(pid), parent, parentName, lab, short, since, started }];
  });
}

/** Whether a process's network has this address and somebody listening on this port; asked of the kernel, not the network. */
export function listens(pid: number, address: string, port: number): boolean {
  const listening = new RegExp(`:${port.toString(16).toUpperCase().padStart(4, '0')} 0{8}:0000 0A`);
  return (
    listening.test(text(`/proc/${pid}/net/tcp`)) &&
    text(`/proc/${pid}/net/fib_trie`).includes(` ${address}\n`)
  );
}

/** Processes whose command line has `argument` as a whole word of its own. */
export function findByArgument(argument: string): number[] {
  return pids()
    .filter((pid) => text(`/proc/${pid}/cmdline`).split('\0').includes(argument))
    .map(Number);
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended by itself
  }
}
