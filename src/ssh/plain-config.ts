// Answers in place of `ssh -G` for hosts that no line of the SSH configuration concerns: one process less per host.
import { readdir } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { matchesPattern } from './known-hosts.js';
import type { Texts } from './texts.js';
import type { Target } from './types.js';

/** What hxllm takes from the configuration: a line with one of these, or a Match, needs ssh's own reading. */
const CONCERNS =
  /^(hostname|port|user|identit|userknownhosts|globalknownhosts|knownhostscommand|revokedhostkeys|hostkey|stricthostkey|proxy|addressfamily|bind|canonical|match|tag|certificatefile|pkcs11)/;
/** Options on the command line that can be taken as they are. */
const SIMPLE =
  /^(userknownhostsfile|globalknownhostsfile|stricthostkeychecking|identitiesonly|identityagent|identityfile|hashknownhosts|hostkeyalias|control|connect|serveralive|preferredauth|loglevel|batchmode|forward|tcpkeepalive|compression)/;

/** The text that `ssh -G` would print, as far as hxllm reads it; undefined when only ssh can tell. */
export async function plainConfig(target: Target, texts: Texts): Promise<string | undefined> {
  const options = simpleOptions(target.sshArgs ?? []);
  if (options === undefined) return undefined;
  const home = join(userInfo().homedir, '.ssh');
  const files = options.file ? [options.file] : [join(home, 'config'), '/etc/ssh/ssh_config'];
  const lines: string[] = [];
  for (const file of files) {
    const folder = file === '/etc/ssh/ssh_config' ? '/etc/ssh' : home;
    // a file that -F names must be there: ssh says so itself
    const found = await linesFor(target.address, file, folder, options.file !== undefined, texts);
    if (found === undefined) return undefined;
    lines.push(...found);
  }
  return defaults(target, [...options.lines, ...lines]);
}

/** The same with OpenSSH's defaults only: where there is no ssh. */
export function defaults(target: Target, lines: string[] = []): string {
  const has = (keyword: string) => lines.some((line) => line.startsWith(`${keyword} `));
  const own = (target.identities ?? []).map((file) => `identityfile ${file}`);
  const usual = ['rsa', 'ecdsa', 'ed25519'].map((type) => `identityfile ~/.ssh/id_${type}`);
  return [
    `hostname ${target.address.toLowerCase()}`,
    `port ${target.port ?? 22}`,
    `user ${target.user ?? userInfo().username}`,
    ...own,
    ...lines,
    ...(own.length > 0 || has('identityfile') ? [] : usual),
    // the first value wins, so these count only when nothing above has set them
    'userknownhostsfile ~/.ssh/known_hosts ~/.ssh/known_hosts2',
    'globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2',
  ].join('\n');
}

function simpleOptions(words: string[]): { lines: string[]; file?: string } | undefined {
  const lines: string[] = [];
  let file: string | undefined;
  for (let index = 0; index < words.length; index++) {
    const flag = (words[index] as string).slice(0, 2);
    const value = (words[index] as string).slice(2) || words[++index];
    if (value === undefined || /["'\\%$]/.test(value)) return undefined;
    if (flag === '-F' && file === undefined) file = value;
    else if (flag === '-o') {
      const [, keyword = '', rest = ''] = /^(\w+)\s*[=\s]\s*(.+)$/.exec(value) ?? [];
      if (!SIMPLE.test(keyword.toLowerCase())) return undefined;
      lines.push(`${keyword.toLowerCase()} ${rest}`);
    } else return undefined;
  }
  if (file === 'none') file = '/dev/null';
  return file === undefined ? { lines } : { lines, file };
}

/** The lines that count for a host and cannot change where or how it is reached; undefined = ask ssh. */
async function linesFor(
  host: string,
  file: string,
  folder: string,
  must: boolean,
  texts: Texts,
  depth = 0,
): Promise<string[] | undefined> {
  if (depth > 8) return undefined;
  let text: string;
  try {
    text = await texts.read(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !must ? [] : undefined;
  }
  const found: string[] = [];
  let counts = true;
  for (const raw of text.split('\n')) {
    const [, word = '', rest = ''] = /^\s*(\w+)\s*[=\s]\s*"?(.*?)"?\s*$/.exec(raw) ?? [];
    const keyword = word.toLowerCase();
    if (keyword === '' || raw.trim().startsWith('#')) continue;
    if (keyword === 'match') return undefined;
    if (keyword === 'host') {
      counts = matchesPattern(host.toLowerCase(), rest.split(/\s+/));
    } else if (counts && keyword === 'include') {
      for (const path of await included(rest, folder)) {
        const inner =
          path === undefined ? undefined : await linesFor(host, path, folder, false, texts, depth + 1);
        if (inner === undefined) return undefined;
        found.push(...inner);
      }
    } else if (counts && CONCERNS.test(keyword)) return undefined;
    else if (counts) found.push(`${keyword} ${rest}`);
  }
  return found;
}

/** The files of an Include; an undefined among them when the pattern is more than a file name's. */
async function included(rest: string, folder: string): Promise<(string | undefined)[]> {
  if (/["'\\%$[\]{}~]/.test(rest)) return [undefined];
  const files: (string | undefined)[] = [];
  for (const word of rest.split(/\s+/)) {
    const path = isAbsolute(word) ? word : join(folder, word);
    if (/[*?]/.test(dirname(path))) return [undefined];
    const names = await readdir(dirname(path)).catch(() => []);
    const wanted = names.filter((name) => matchesPattern(name, [basename(path)])).sort();
    files.push(...wanted.map((name) => join(dirname(path), name)));
  }
  return files;
}
