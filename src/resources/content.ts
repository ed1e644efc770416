// Files on a host: seen with one stat and one sha256sum for all; the text only where it differs from what is wanted.
import { createHash } from 'node:crypto';
import { quote } from '../shell.js';
import { MARK } from './original.js';

export interface Wanted {
  path: string;
  content: string;
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

/** sh: `s mode owner group type|path` per path, then `= path` or `d path [base64]` per file. */
export function probeFiles(files: readonly Wanted[]): string {
  const paths = files.map((f) => quote(f.path)).join(' ');
  const same = files.map((f) => quote(`${sha256(f.content)} ${f.path}`)).join('|');
  const secret = files.filter((f) => f.secret).map((f) => quote(f.path));
  return [
    `stat -c 's %a %U %G %F|%n' -- ${paths} 2>&1`,
    `sha256sum -- ${paths} 2>/dev/null | while read -r sum path; do case "$sum $path" in`,
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
    else if (line && !/: No such file or directory$|: Not a directory$/.test(line))
      throw new Error(`cannot be read: ${line}`);
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
