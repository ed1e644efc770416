// Reads an INI inventory: sections of hosts, children and variables, as Ansible's ini plugin does.
import { HxError, messageOf } from '../errors.js';
import type { Entries } from './entries.js';
import { pythonLiteral, Unhashable } from './literal.js';
import { expandRanges, splitPort } from './ranges.js';
import { showOrigin } from './types.js';
import { splitWords } from './words.js';

const SECTION = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/;
const GROUP_NAME = /^([^:\]\s]+)\s*(?:#.*)?$/;

/** A group that must be declared further down: it is a child already, or has variables. */
interface Pending {
  where: string;
  parents: string[];
}

export function readIni(text: string, file: string, entries: Entries): void {
  const pending = new Map<string, Pending>();
  let group = 'ungrouped';
  let kind = 'hosts';

  text.split(/\r\n|\r|\n/).forEach((rawLine, index) => {
    const line = rawLine.trim();
    if (!line || line.startsWith('#') || line.startsWith(';')) return;
    const origin = { file, line: index + 1 };
    const where = showOrigin(origin)!;
    const section = SECTION.exec(line);
    if (section) {
      group = section[1]!;
      kind = section[2] ?? 'hosts';
      if (!['hosts', 'children', 'vars'].includes(kind))
        throw wrong(`section [${group}:${kind}] is of an unknown kind`, where, 'hosts, children or vars');
      if (kind === 'vars' && !entries.groups.has(group) && !pending.has(group))
        pending.set(group, { where, parents: [] });
      entries.addGroup(group);
      if (kind === 'vars') return;
      for (const parent of pending.get(group)?.parents ?? []) entries.addChild(parent, group, where);
      pending.delete(group);
    } else if (line.startsWith('[') && line.endsWith(']') && !isBracketedHost(line, kind))
      throw wrong(`${line} is not a section`, where, 'a group name has no blanks and no colon');
    else if (kind === 'hosts') readHost(line, group, origin, where, entries);
    else if (kind === 'vars') {
      const [name, value] = splitAtEquals(line);
      if (value === undefined) throw wrong(`expected name=value, found: ${firstWord(line)}`, where);
      entries.setGroupVariable(group, name.trim(), { raw: typed(value.trim(), where), origin });
    } else {
      const child = GROUP_NAME.exec(line)?.[1];
      if (!child) throw wrong(`expected the name of a group, found: ${line}`, where);
      if (entries.groups.has(child)) entries.addChild(group, child, where);
      else if (pending.has(child)) pending.get(child)!.parents.push(group);
      else pending.set(child, { where, parents: [group] });
    }
  });

  for (const [name, { where, parents }] of pending)
    throw parents.length > 0
      ? wrong(
          `[${parents.at(-1)}:children] names ${name}, which is no group`,
          where,
          `add a section [${name}]`,
        )
      : wrong(`[${name}:vars] is for a group that is not declared`, where, `add a section [${name}]`);
}

function readHost(
  line: string,
  group: string,
  origin: { file: string; line: number },
  where: string,
  entries: Entries,
): void {
  let split: ReturnType<typeof splitWords>;
  try {
    split = splitWords(line);
  } catch (error) {
    throw wrong(`cannot read this host line: ${messageOf(error)}`, where);
  }
  const [pattern, ...assignments] = split.words;
  if (pattern === undefined) return;
  if (split.cut !== undefined)
    entries.warnings.push({
      message: `as in Ansible, everything from # on is a comment, also inside ${firstWord(split.words.at(-1)!)}…; put the value in quotes`,
      where,
    });
  if (pattern === '---' || pattern.endsWith(':'))
    throw wrong(
      `${pattern} is not a host`,
      where,
      assignments.length === 0
        ? 'this looks like YAML: give the file the ending .yml'
        : 'put a port behind the colon, or take it away',
    );
  const host = splitPort(pattern);
  const values = assignments.map((word) => {
    const [name, value] = splitAtEquals(word);
    if (value === undefined) throw wrong(`expected name=value behind ${pattern}, found: ${word}`, where);
    return [name, typed(value, where)] as const;
  });
  for (const name of hostNames(host.pattern, where)) {
    entries.addHost(name, group, host.port, origin);
    for (const [variable, raw] of values) entries.setHostVariable(name, variable, { raw, origin });
  }
}

function typed(value: string, where: string): unknown {
  try {
    return pythonLiteral(value);
  } catch (error) {
    if (!(error instanceof Unhashable)) throw error;
    throw wrong(
      `Ansible refuses this value: ${error.message}`,
      where,
      'put the value in a file of group_vars or host_vars',
    );
  }
}

/** The host names of a pattern; errors carry the place. */
export function hostNames(pattern: string, where: string): string[] {
  try {
    return expandRanges(pattern);
  } catch (error) {
    throw wrong(messageOf(error), where);
  }
}

/** `[::1]` would be an address, but Ansible wants a port behind it; only `[group]` forms are sections. */
function isBracketedHost(line: string, kind: string): boolean {
  return kind === 'vars' && line.includes('=');
}

function splitAtEquals(text: string): [string, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Only the name of an assignment is shown: its value may be a secret. */
function firstWord(text: string): string {
  return text.split('=')[0]!;
}

function wrong(message: string, where: string, hint?: string): HxError {
  return new HxError({ code: 'inventory', message, where, hint });
}
