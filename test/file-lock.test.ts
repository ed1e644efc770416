// A lock file, between real processes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { withLock } from '../src/file-lock.js';
import { sleep } from '../src/retry.js';

const folder = mkdtempSync(join(tmpdir(), 'hxllm-lock-'));
const file = join(folder, 'lab.lock');
afterAll(() => rmSync(folder, { recursive: true }));

test('one at a time, and free afterwards also when the work failed', async () => {
  const story: string[] = [];
  const work = (name: string) =>
    withLock(file, 5000, async () => {
      story.push(`${name} in`);
      await sleep(60);
      story.push(`${name} out`);
      if (name === 'a') throw new Error('failed');
    });
  await Promise.allSettled([work('a'), work('b'), work('c')]);
  expect(story.map((line) => line.split(' ')[1])).toEqual(['in', 'out', 'in', 'out', 'in', 'out']);
  expect(existsSync(file)).toBe(false);
});

test('a holder that lives is waited for, then it is exit 5', async () => {
  writeFileSync(file, String(process.ppid));
  await expect(withLock(file, 120, async () => 'in')).rejects.toMatchObject({ exitCode: 5 });
  expect(readFileSync(file, 'utf8')).toBe(String(process.ppid));
});

test('a holder that is dead frees it', async () => {
  const { pid } = spawnSync('true');
  writeFileSync(file, String(pid));
  await expect(withLock(file, 1000, async () => 'in')).resolves.toBe('in');
});
