// A Python that has a package from PyPI: the machine's own, or one made once in a virtual environment and kept.
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../../src/cache-dir.js';

/** With the openai package that LiteLLM's lock has. Any version is as good. */
export const pythonWithOpenai = (): string => pythonWith('openai', 'openai', '2.54.0', true);

/** Throws where there is none and none can be made. */
export function pythonWith(module: string, name: string, version: string, anyVersion = false): string {
  const cache = cacheDir();
  const kept = join(cache, `python-${name}-${version}`);
  const python = join(kept, 'bin/python');
  const script = `import ${module}${anyVersion ? '' : `; assert ${module}.__version__ == '${version}'`}`;
  const found = ['python3', python].find((candidate) => runs(candidate, script));
  if (found) return found;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, `python-${name}-`));
  try {
    const quiet: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'pipe'], timeout: 150_000 };
    execFileSync('python3', ['-m', 'venv', fresh], quiet);
    execFileSync(join(fresh, 'bin/python'), ['-m', 'pip', 'install', '-q', `${name}==${version}`], quiet);
    // another test may have been quicker
    if (!existsSync(kept)) renameSync(fresh, kept);
    if (runs(python, script)) return python;
    throw new Error(`${python} has no ${name} ${version}`);
  } catch (cause) {
    throw new Error(`no Python with ${name} ${version}: is python3-venv installed?`, { cause });
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

function runs(python: string, script: string): boolean {
  try {
    execFileSync(python, ['-c', script], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
