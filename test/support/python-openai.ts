// A Python that has the real openai package: the machine's own, or one made once in a virtual environment and kept.
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../src/lab/paths.js';

/** The one that LiteLLM's lock has. */
const VERSION = '2.54.0';

/** Throws where there is none and none can be made. */
export function pythonWithOpenai(): string {
  const cache = cacheDir();
  const kept = join(cache, `python-openai-${VERSION}`);
  const python = join(kept, 'bin/python');
  const found = ['python3', python].find(hasOpenai);
  if (found) return found;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, 'python-openai-'));
  try {
    const quiet: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'pipe'], timeout: 150_000 };
    execFileSync('python3', ['-m', 'venv', fresh], quiet);
    execFileSync(join(fresh, 'bin/python'), ['-m', 'pip', 'install', '-q', `openai==${VERSION}`], quiet);
    // another test may have been quicker
    if (!existsSync(kept)) renameSync(fresh, kept);
    if (hasOpenai(python)) return python;
    throw new Error(`${python} has no openai`);
  } catch (cause) {
    throw new Error('no Python with openai: is python3-venv installed?', { cause });
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function hasOpenai(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import openai'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
