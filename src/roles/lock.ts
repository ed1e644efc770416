// Locks: what a venv is made from, every package with its hashes; shipped with hxllm, or an own file.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { HxError } from '../errors.js';
import { templatePath, templateText } from '../templates.js';

/** The one installer of all venvs. */
export const UV_VERSION = '0.13.9';

/** The prefix of a program's variables, by its folder in templates/. */
const PREFIXES = { litellm: 'litellm', 'open-webui': 'webui' };

/** The file that `…_lock` names, else the shipped one of a version. Throws HxError `variable` when it is not there. */
export function lockOf(
  program: keyof typeof PREFIXES,
  vars: Record<string, unknown>,
  version: string,
): { path: string; sha256: string } {
  const prefix = PREFIXES[program];
  const own = vars[`${prefix}_lock`] as string | undefined;
  const path = own ?? templatePath(`${program}/locks/${version}.txt`);
  if (!existsSync(path)) {
    throw new HxError({
      code: 'variable',
      message: own
        ? `${prefix}_lock: ${own} is not there`
        : `${prefix}_version: no lock is shipped for ${version}`,
      hint: own
        ? undefined
        : `leave ${prefix}_version out, or make a lock of your own with npm run lock${prefix === 'webui' ? ' -- --webui' : ''} and name it in ${prefix}_lock`,
    });
  }
  return { path, sha256: createHash('sha256').update(readFileSync(path)).digest('hex') };
}

/** What a program does not load when it starts: paths in site-packages, as `npm run later` found them. */
export function laterOf(program: keyof typeof PREFIXES): string[] {
  return templateText(`${program}/later.txt`).split('\n').filter(Boolean);
}
