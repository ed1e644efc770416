// The sources as the architecture test sees them: files, their lines and their imports.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { ROOT } from './built.js';

export interface Import {
  /** As written: `../errors.js`, `listr2`, `node:fs`. */
  from: string;
  /** Path below the root for our own files: `src/errors.ts`. */
  file: string | undefined;
  /** Name of a package from node_modules. */
  package: string | undefined;
  typeOnly: boolean;
  dynamic: boolean;
}

export interface Source {
  /** Below the root: `src/ui/table.ts`. */
  path: string;
  text: string;
  lines: string[];
  imports: Import[];
}

export function sources(folder: string): Source[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|js|mjs)$/.test(name) && !name.includes('node_modules'))
    .map((name) => posix.join(folder, name))
    .sort()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return { path, text, lines: text.trimEnd().split('\n'), imports: importsOf(path, text) };
    });
}

const STATIC = /^(?:import|export)\s+(type\s+)?([^'";]*?)\s*from\s+'([^']+)'/gm;
const BARE = /^import\s+'([^']+)'/gm;
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g;

function importsOf(path: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (from: string, typeOnly: boolean, dynamic: boolean) => {
    const file = from.startsWith('.') ? posix.join(dirname(path), from).replace(/\.js$/, '.ts') : undefined;
    const name = from
      .split('/')
      .slice(0, from.startsWith('@') ? 2 : 1)
      .join('/');
    const isPackage = !file && !from.startsWith('node:');
    found.push({ from, file, package: isPackage ? name : undefined, typeOnly, dynamic });
  };
  for (const [, type, names, from] of text.matchAll(STATIC))
    add(from!, Boolean(type) || onlyTypes(names!), false);
  for (const [, from] of text.matchAll(BARE)) add(from!, false, false);
  for (const [, from] of text.matchAll(DYNAMIC)) add(from!, false, true);
  return found;
}

/** `{ type A, type B }` */
function onlyTypes(names: string): boolean {
  const inside = /^\{([\s\S]*)\}$/.exec(names.trim())?.[1];
  const parts = (inside ?? '').split(',').map((part) => part.trim());
  return parts.filter(Boolean).length > 0 && parts.filter(Boolean).every((part) => part.startsWith('type '));
}
