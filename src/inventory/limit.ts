// `--limit` in Ansible's grammar, and two things more: short host names work, and a pattern that means nothing is an error.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { HxError, messageOf } from '../errors.js';
import { isAddress, splitPort } from './ranges.js';

export interface LimitContext {
  /** In the order of the inventory. */
  hosts: readonly string[];
  groups: Readonly<Record<string, readonly string[]>>;
  cwd: string;
}

/** Names of the hosts that a pattern means, in the order of the inventory. */
export function selectHosts(pattern: string, context: LimitContext): string[] {
  const parts = splitPatterns(pattern).flatMap((part) =>
    part.startsWith('@') ? readLimitFile(part, context) : [part],
  );
  const regular = parts.filter((part) => !/^[!&]/.test(part));
  const wanted = new Set(
    // the name of a host means the host, even where a group is called so
    (regular.length > 0 ? regular : ['all']).flatMap((part) =>
      context.hosts.includes(part) ? [part] : match(part, context),
    ),
  );
  // as Ansible: first what is named, then what it must also be in, then what it must not be
  for (const part of parts.filter((p) => p.startsWith('&'))) {
    const both = new Set(match(part.slice(1), context));
    for (const host of wanted) if (!both.has(host)) wanted.delete(host);
  }
  for (const part of parts.filter((p) => p.startsWith('!')))
    for (const host of match(part.slice(1), context)) wanted.delete(host);
  if (wanted.size === 0) throw nothing(`--limit ${pattern} leaves no host`, context);
  return context.hosts.filter((host) => wanted.has(host));
}

/** Commas separate; without a comma colons do, unless the whole is an address or a range. */
export function splitPatterns(pattern: string): string[] {
  const parts = pattern.includes(',')
    ? pattern.split(',')
    : isAddress(splitPort(pattern).pattern)
      ? [pattern]
      : (pattern.match(/(?:[^\s:[\]]|\[[^\]]*\])+/g) ?? []);
  return parts.map((part) => part.trim()).filter(Boolean);
}

function readLimitFile(part: string, context: LimitContext): string[] {
  const file = resolve(context.cwd, part.slice(1));
  if (!existsSync(file) || statSync(file).isDirectory())
    throw new HxError({ code: 'limit', message: `there is no limit file ${part.slice(1)}` });
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

function match(pattern: string, context: LimitContext): string[] {
  const { expression, subscript } = splitSubscript(pattern);
  const found = matchNames(expression, context);
  if (!found) throw unknown(expression, context);
  return subscript ? cut(found, subscript, pattern) : found;
}

type Subscript = { from: number; to?: number };

function splitSubscript(pattern: string): { expression: string; subscript?: Subscript } {
  const found = pattern.startsWith('~') ? null : /^(.+)\[(?:(-?\d+)|(\d+)([:-])(\d*))\]$/.exec(pattern);
  if (!found) return { expression: pattern };
  const [, expression, index, from, , to] = found;
  if (index !== undefined) return { expression: expression!, subscript: { from: Number(index) } };
  // [a:] is up to the end
  return { expression: expression!, subscript: { from: Number(from), to: to ? Number(to) : Infinity } };
}

function cut(hosts: string[], { from, to }: Subscript, pattern: string): string[] {
  // as Ansible takes it, [x:0] is only the host x
  const one = to === undefined || to === 0;
  const part = one ? [hosts.at(from)].filter((host) => host !== undefined) : hosts.slice(from, to + 1);
  if (part.length === 0)
    throw new HxError({
      code: 'limit',
      message: `${pattern} matches no host: there are only ${hosts.length}`,
      hint: hosts.slice(0, 10).join(', '),
    });
  return part;
}

/** Names of one host, as Ansible takes them. */
export const LOCALHOST = ['127.0.0.1', 'localhost', '::1'];

/** undefined when nothing has such a name; [] for a group that is empty. */
function matchNames(pattern: string, { hosts, groups }: LimitContext): string[] | undefined {
  const test = matcher(pattern);
  const found = new Set<string>();
  const inGroups = Object.keys(groups).filter(test);
  for (const group of inGroups) for (const host of groups[group]!) found.add(host);
  // a plain group name means only the group; a pattern also hosts
  if (inGroups.length === 0 || pattern.startsWith('~') || /[.?*[]/.test(pattern))
    for (const host of hosts.filter(test)) found.add(host);
  const local = LOCALHOST.includes(pattern) ? hosts.find((host) => LOCALHOST.includes(host)) : undefined;
  if (found.size === 0 && local) return [local];
  if (found.size > 0 || inGroups.length > 0) return [...found];
  const short = hosts.filter((host) => host.split('.')[0] === pattern);
  if (short.length > 1)
    throw new HxError({
      code: 'limit',
      message: `${pattern} means several hosts`,
      hint: short.map((host) => `--limit ${host}`),
    });
  return short.length > 0 ? short : undefined;
}

function matcher(pattern: string): (name: string) => boolean {
  if (!pattern.startsWith('~')) {
    const glob = globExpression(pattern);
    return (name) => glob.test(name);
  }
  try {
    // Python's match starts at the beginning but need not reach the end
    const expression = new RegExp(`^(?:${pattern.slice(1)})`);
    return (name) => expression.test(name);
  } catch (error) {
    throw new HxError({
      code: 'limit',
      message: `${pattern} is not a regular expression: ${messageOf(error)}`,
    });
  }
}

/** fnmatch: `*`, `?`, `[abc]`, `[!abc]`. */
function globExpression(pattern: string): RegExp {
  const source = pattern.replace(/\[(!?)(\]?[^\]]*)\]|[\s\S]/g, (all, not?: string, set?: string) => {
    if (set) return `[${not ? '^' : ''}${set.replace(/[\\\]^]/g, '\\$&')}]`;
    if (all === '*') return '.*';
    if (all === '?') return '.';
    return all.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source}$`, 's');
}

function unknown(pattern: string, context: LimitContext): HxError {
  return nothing(`${pattern} is neither a host nor a group of the inventory`, context, pattern);
}

function nothing(message: string, { hosts, groups }: LimitContext, pattern = ''): HxError {
  const names = [...hosts, ...Object.keys(groups)];
  const letters = pattern.toLowerCase().replace(/[^a-z0-9]/g, '');
  const near = names.filter(
    (name) =>
      letters !== '' &&
      name
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '')
        .includes(letters),
  );
  const shown = near.length > 0 ? near : names;
  const more = shown.length > 12 ? `, … (${shown.length} in all)` : '';
  return new HxError({ code: 'limit', message, hint: `known: ${shown.slice(0, 12).join(', ')}${more}` });
}
