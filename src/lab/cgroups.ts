// The control groups that a host's power switch has made; they stay behind when a host ends by force.
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

const TREES = '/sys/fs/cgroup';

/** Innermost first. False when one is in use: by another host, or by a process that is just ending. */
function remove(folder: string): boolean {
  const parts = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const isEmpty = parts.map((part) => remove(join(folder, part.name))).every(Boolean);
  try {
    if (isEmpty) rmdirSync(folder);
    return isEmpty;
  } catch {
    return false;
  }
}

/**
 * Removes the groups of all machines whose names start so, and what held them when they were the last ones.
 * True when none is left.
 */
export function removeCgroups(prefix: string): boolean {
  const trees = existsSync(TREES) ? readdirSync(TREES).map((tree) => join(TREES, tree, 'hxllm-lab')) : [];
  const left = trees.filter((all) => {
    if (!existsSync(all)) return false;
    const machines = readdirSync(all, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const own = machines.filter((entry) => entry.name.startsWith(prefix));
    const isGone = own.map((entry) => remove(join(all, entry.name))).every(Boolean);
    if (isGone && own.length === machines.length) remove(all);
    return !isGone;
  });
  return left.length === 0;
}
