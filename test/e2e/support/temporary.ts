// Folders of one test file, gone after it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];
// registered at import, so it runs after what the file itself does at its end
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

export function temporary(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `hxllm-${name}-`));
  made.push(folder);
  return folder;
}
