// Files on a host: seen with one stat and one sha256sum for all; the text only where it differs from what is wanted.
import { createHash } from 'node:crypto';
import { quote } from '../shell.js';
import { MARK } from './original.js';

export interface Wanted {
  path: string;
  /** undefined: only what it is, and whose. */
  content?: string;
  /** The text of a secret file never travels, not even to be compared; only whether it begins with hxllm's mark. */
  secret?: boolean;
}

export interface SeenFile {
  type: string;
  mode: string;
  owner: string;
  group: string;
  /** The content is as wanted. */
  same?: true;
  different?: { text?: string };
}

/** Larger texts are said to differ without being shown. */
const SHOWN = 262_144;

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** sh: `s mode owner group type|path` per path, then `= path` or `d path [base64]` per file whose content is wanted. */
export function probeFiles(files: readonly Wanted[]): string {
  const paths = (some: readonly Wanted[]) => some.map((f) => quote(f.path)).join(' ');
  const stat = files.length > 0 ? `stat -c 's %a %U %G %F|%n' -- ${paths(files)} 2>&1` : 'true';
  const read = files.filter((f) => f.content !== undefined);
  if (read.length === 0) return stat;
  const same = read.map((f) => quote(`${sha256(f.content ?? '')} ${f.path}`)).join('|');
  const secret = read.filter((f) => f.secret).map((f) => quote(f.path));
  return [
    stat,
    `sha256sum -- ${paths(read)} 2>/dev/null | while read -r sum path; do case "$sum $path" in`,
    `${same}) echo "= $path" ;;`,
    `*) case "$path" in`,
    // of a secret one no more than whether it is hxllm's own
    ...(secret.length > 0
      ? [
          `${secret.join('|')}) echo "d $path $(head -c ${MARK.length} -- "$path" | grep -aF ${quote(MARK)} | base64 -w0)" ;;`,
        ]
      : []),
    `*) echo "d $path $(head -c ${SHOWN} -- "$path" | base64 -w0)" ;; esac ;; esac; done`,
  ].join('\n');
}

const MISSING = /: No such file or directory$|: Not a directory$/;

/** The lines of `probeFiles` that are about these paths, and those of what could not be read. */
export function linesAbout(printed: string, paths: ReadonlySet<string>): string {
  const lines = printed.split('\n').filter((line) => {
    const [, path] = /^s [^|]*\|(.*)$/.exec(line) ?? /^= (.*)$/.exec(line) ?? /^d (\S+)/.exec(line) ?? [];
    return path === undefined ? line && !MISSING.test(line) : paths.has(path);
  });
  return lines.map((line) => `${line}\n`).join('');
}

export function readFiles(section: string): Map<string, SeenFile> {
  const seen = new Map<string, SeenFile>();
  for (const line of section.split('\n')) {
    const stat = /^s (\d+) (\S+) (\S+) (.+?)\|(.*)$/.exec(line);
    if (stat) {
      const [, mode = '', owner = '', group = '', type = '', path = ''] = stat;
      seen.set(path, { type, mode: mode.padStart(4, '0'), owner, group });
      continue;
    }
    const same = line.startsWith('= ') ? seen.get(line.slice(2)) : undefined;
    if (same) {
      same.same = true;
      continue;
    }
    const differs = /^d (\S+)(?: (.*))?$/.exec(line);
    const file = differs && seen.get(differs[1] as string);
    if (differs && file)
      file.different = differs[2] === undefined ? {} : { text: Buffer.from(differs[2], 'base64').toString() };
    else if (line && !MISSING.test(line)) throw new Error(`cannot be read: ${line}`);
  }
  return seen;
}

/** As readFiles, for what `probeFiles` printed: a file that has no sum could not be read. */
export function readContents(section: string): Map<string, SeenFile> {
  const seen = readFiles(section);
  for (const [path, { type, same, different }] of seen)
    if (type.startsWith('regular') && !same && !different) throw new Error(`${path} cannot be read`);
  return seen;
}

/** sh that writes a file beside its path and renames it. The content is a word of a builtin: it is in no process's arguments. */
export function writeFile(path: string, content: string, mode: string, owner: string, group: string): string {
  const target = quote(path);
  const part = quote(`${path}.hxllm-new`);
  return [
    `rm -f ${part}`,
    // bash itself names its own line, not the file
    `(umask 077; printf %s ${quote(content)} > ${part}) || { echo "$(realpath -m -- ${target}) was not written"; exit 1; }`,
    `chown ${owner}:${group} ${part}`,
    `chmod ${mode} ${part}`,
    `mv -fT ${part} ${target}`,
  ].join('\n');
}

/** What is different about mode and owner, as reasons. */
export function ownership(seen: SeenFile, want: { mode: string; owner: string; group: string }): string[] {
  const reasons: string[] = [];
  if (seen.mode !== want.mode) reasons.push(`mode ${seen.mode} → ${want.mode}`);
  const [was, is] = [`${seen.owner}:${seen.group}`, `${want.owner}:${want.group}`];
  if (was !== is) reasons.push(`owner ${was} → ${is}`);
  return reasons;
}
