// What V8 makes of hxllm's files is kept for the next start: without it, a quarter of the processor time of a run that has
// nothing to do is spent on making it again. Node.js does this by itself from 22.8 on, and the second half can go with 20.
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { cachedDataVersionTag, deserialize, serialize } from 'node:v8';
import vm from 'node:vm';
import { cacheDir } from './cache-dir.js';

/** Of Node.js 22.8 and newer: a folder of its own format below the given one. */
const { enableCompileCache } = Module as { enableCompileCache?: (folder: string) => unknown };

/** So many builds and versions of Node.js keep theirs. */
const KEPT = 4;

/** Seconds: a run of so many does not notice that its code is made once more, 13 ms. */
const LONG = 2;

/**
 * From here on the code of `root`'s files comes from the cache, and what is not there yet is added when the process ends.
 * Best effort: without a cache every start is as right and a little slower, so no error of it is one of the command.
 * @param root the folder of the files, default: the one that this file was built into
 */
export function keepCode(root = __dirname): void {
  if (process.env.NODE_DISABLE_COMPILE_CACHE) return;
  try {
    const folder = ownFolder(root);
    if (!folder) return;
    if (enableCompileCache) enableCompileCache(folder);
    else keepScripts(root, join(folder, 'scripts'));
  } catch {}
}

/** A folder for this build, in one that nobody else may write into: what lies there is run. */
function ownFolder(root: string): string | undefined {
  const above = join(cacheDir(), 'code');
  // one by one: a home that is not there is not made, and `recursive` never ends where a file system refuses folders
  for (const folder of [dirname(cacheDir()), cacheDir(), above]) make(folder);
  const { uid, mode } = lstatSync(above);
  if (uid !== process.getuid?.() || mode & 0o022) return undefined;
  const { mtimeMs } = statSync(root);
  // the tag: V8's version and flags, with another of which it takes nothing
  const key = createHash('sha256').update(`${cachedDataVersionTag()} ${root} ${mtimeMs}`).digest('hex');
  const folder = join(above, key.slice(0, 16));
  if (make(folder)) prune(above);
  return folder;
}

/** False if it was there. */
function make(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function prune(above: string): void {
  const folders = readdirSync(above).map((name) => join(above, name));
  const aged = folders.map((path) => ({ path, at: statSync(path).mtimeMs })).sort((a, b) => b.at - a.at);
  for (const { path } of aged.slice(KEPT)) rmSync(path, { recursive: true, force: true });
}

/** The code of one file; `of` is the hash of its source, since V8 itself compares no more than lengths. */
interface Kept {
  of: string;
  code: Buffer;
}

type Compile = (this: NodeJS.Module, source: string, file: string) => unknown;

function keepScripts(root: string, store: string): void {
  const kept = readKept(store);
  const made = new Map<string, { of: string; script: vm.Script }>();
  let isNew = false;
  const loader = Module.prototype as unknown as { _compile: Compile };
  const asNode = loader._compile;
  loader._compile = function (source, file) {
    const name = relative(root, file);
    if (name.startsWith('..')) return asNode.call(this, source, file);
    const of = createHash('sha1').update(source).digest('base64');
    const known = kept.get(name);
    const cached = known?.of === of ? { cachedData: known.code } : {};
    const script = new vm.Script(Module.wrap(source), { filename: file, ...cached });
    isNew ||= script.cachedDataRejected !== false;
    made.set(name, { of, script });
    const run = script.runInThisContext();
    return run.call(this.exports, this.exports, createRequire(file), this, file, dirname(file));
  };
  process.on('exit', () => {
    // functions are kept once they were used: a first run may have ended before it came to most of them
    if (!isNew && process.uptime() < LONG) return;
    let isMore = false;
    for (const [name, { of, script }] of made) {
      const code = script.createCachedData();
      const old = kept.get(name);
      // V8 drops what was not used for long, so a long run may know less of it
      if (old?.of === of && script.cachedDataRejected === false && code.length <= old.code.length) continue;
      kept.set(name, { of, code });
      isMore = true;
    }
    if (isMore) writeKept(store, kept);
  });
}

function readKept(store: string): Map<string, Kept> {
  try {
    return deserialize(readFileSync(store));
  } catch {
    return new Map();
  }
}

/** Several may end at once: the last one's is there, whole. */
function writeKept(store: string, kept: Map<string, Kept>): void {
  const draft = `${store}.${process.pid}`;
  try {
    writeFileSync(draft, serialize(kept), { mode: 0o600, flush: true });
    renameSync(draft, store);
  } catch {
    rmSync(draft, { force: true });
  }
}
