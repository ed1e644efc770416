// For tests of the built tree: where it is, and what to do when it is not there.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export function needBuild(): void {
  for (const path of ['dist/commands', 'oclif.manifest.json']) {
    if (!existsSync(`${ROOT}/${path}`)) throw new Error(`${path} is missing: run npm run build first`);
  }
}
