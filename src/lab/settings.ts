// Settings of the whole machine that labs need. The first lab raises them, the last one puts them back.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../file-lock.js';
import { LABS } from './paths.js';
import { labNames, writeAtomic } from './state.js';

/**
 * 128 inotify instances are full at about 18 systemd hosts; the next one boots without sshd and without a word
 *. Without forwarding no host reaches a package registry.
 */
export const SETTINGS: Readonly<Record<string, number>> = {
  'fs/inotify/max_user_instances': 1024,
  'net/ipv4/ip_forward': 1,
};

const FILE = join(LABS, '.settings.json');
const LOCK = join(LABS, '.settings.lock');
const WAIT = 10_000;

const file = (key: string) => join('/proc/sys', key);
const read = (key: string) => Number(readFileSync(file(key), 'utf8'));
const remembered = (): Record<string, number> =>
  existsSync(FILE) ? (JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, number>) : {};

export function raiseSettings(say: (line: string) => void): Promise<void> {
  return withLock(LOCK, WAIT, async () => {
    const before = remembered();
    const low = Object.keys(SETTINGS).filter((key) => read(key) < SETTINGS[key]!);
    // after a reboot they are low again, and what was remembered first is still what they were
    for (const key of low) before[key] ??= read(key);
    if (low.length > 0) writeAtomic(FILE, JSON.stringify(before));
    for (const key of low) {
      say(`${key.replaceAll('/', '.')}: ${read(key)} → ${SETTINGS[key]} (put back by lab down)`);
      writeFileSync(file(key), String(SETTINGS[key]));
    }
  });
}

/** Puts them back when no lab is left. A value that somebody else has changed meanwhile stays. */
export function restoreSettings(say: (line: string) => void): Promise<void> {
  return withLock(LOCK, WAIT, async () => {
    if (labNames().length > 0) return;
    for (const [key, value] of Object.entries(remembered())) {
      if (read(key) !== SETTINGS[key]) continue;
      writeFileSync(file(key), String(value));
      say(`${key.replaceAll('/', '.')} is ${value} again`);
    }
    rmSync(FILE, { force: true });
  });
}
