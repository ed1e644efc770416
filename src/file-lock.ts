// A lock file that holds its owner's pid, so that a dead owner frees it.
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { HxError } from './errors.js';
import { poll } from './retry.js';

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function take(file: string): boolean {
  // linked, not written in place: a lock never shows itself without its owner
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, file);
    return true;
  } catch {
    let owner = 0;
    try {
      owner = Number(readFileSync(file, 'utf8'));
    } catch {
      return false;
    }
    if (!alive(owner)) rmSync(file, { force: true });
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Runs `work` while nobody else holds `file`; waits up to `waitMs` for its holder. */
export async function withLock<T>(file: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const got = await poll(async () => take(file) || undefined, { timeoutMs: waitMs, everyMs: 50 });
  if (!got) {
    throw new HxError({
      code: 'locked',
      message: 'another hxllm is at work here',
      where: file,
      hint: 'Wait for it to end; a lock of a process that is gone is taken over by itself',
    });
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}
