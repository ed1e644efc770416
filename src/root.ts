// Where the package lies, seen from the sources and from what is built of them, in whichever file it ended up.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function rootFrom(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootFrom(dirname(folder));
}

/** The folder with package.json, bin/, dist/ and templates/. */
export const ROOT = rootFrom(dirname(fileURLToPath(import.meta.url)));
