// The filter of a host, and from where hosts come to those that have one.
import type { Coming, Opening } from '../opening.js';
import { FILTER, FILTER_UNIT, type FilterSpec } from '../resources/filter.js';
import type { Resource } from '../resources/kind.js';
import { quote } from '../shell.js';
import type { Member } from '../stack/stack.js';
import { templateText } from '../templates.js';
import { daemonReload } from './handlers.js';

export function filter({ openings }: Pick<Member, 'openings'>): Resource[] {
  const content = templateText(`common/${FILTER_UNIT}`);
  const again = templateText('common/nftables.conf');
  const gone = openings.length === 0 ? ({ gone: true } as const) : {};
  const wanted: Resource[] = [
    { kind: 'packages', id: 'packages', spec: { names: ['nftables'] } },
    { kind: 'directory', id: '/etc/hxllm', spec: { mode: '0755', owner: 'root', group: 'root' } },
  ];
  return [
    ...(openings.length > 0 ? wanted : []),
    { kind: 'unit', id: FILTER_UNIT, spec: { content }, notify: [daemonReload], ...gone },
    {
      kind: 'unit',
      id: 'nftables.service.d/hxllm.conf',
      spec: { content: again },
      notify: [daemonReload],
      ...gone,
    },
    { kind: 'filter', id: FILTER, spec: { openings }, ...gone },
  ];
}

/** sh for a host: from which of its addresses it goes to these names. It asks for all at once, and one by one where a name is not found. */
export function waysScript(names: readonly string[]): string {
  if (names.length === 0) return 'true';
  const all = names.map(quote).join(' ');
  return [
    // an address comes once for each type of socket, one after the other; the first of a name has that beside it
    `w() { getent ahosts "$@" | { c= p= o=; while read -r a _ n; do`,
    `if [ -n "$n" ] || [ -z "$c" ]; then [ $# -gt 0 ] || exit 1; c=$1; shift; fi`,
    `[ "$p" = "$c $a" ] || o="$o`,
    `a $c $a"; p="$c $a"; done; [ $# = 0 ] && printf %s "$o"; }; }`,
    `l=$(w ${all}) || l=$(for x in ${all}; do w "$x"; done)`,
    'echo "$l"',
    `while read -r _ _ a; do [ -z "$a" ] || echo "route get $a"; done <<EOF | ip -o -force -batch - 2>/dev/null`,
    '$l',
    'EOF',
    'true',
  ].join('\n');
}

/** Its own addresses by the name that it goes to. */
export type Ways = ReadonlyMap<string, readonly string[]>;

export function readWays(output: string): Ways {
  const routes = new Map(
    [...output.matchAll(/^(?:local )?([0-9a-f.:]+) .*\bsrc ([0-9a-f.:]+)/gim)].map((m) => [m[1], m[2]]),
  );
  const ways = new Map<string, string[]>();
  for (const [, name = '', to] of output.matchAll(/^a (\S+) (\S+)$/gm)) {
    const from = routes.get(to);
    if (from) ways.set(name, [...(ways.get(name) ?? []), from]);
  }
  return ways;
}

/** The names that a host goes to, where a filter guards them. */
export function namesFor(name: string, members: readonly Member[]): string[] {
  const coming = members.flatMap((m) => m.openings.flatMap(({ hosts }) => hosts));
  return [...new Set(coming.filter((host) => host.name === name).flatMap(({ to }) => to))].sort();
}

/** The openings, where `ways` says from where each of their hosts comes. */
export function withWays(
  resources: readonly Resource[],
  ways: (name: string) => Ways | undefined,
): Resource[] {
  const known = (host: Coming): Coming => {
    const from = host.to.flatMap((name) => ways(host.name)?.get(name) ?? []);
    return from.length > 0 ? { ...host, from } : host;
  };
  const filled = (opening: Opening): Opening => ({ ...opening, hosts: opening.hosts.map(known) });
  return resources.map((resource) => {
    if (resource.kind !== 'filter') return resource;
    const spec = resource.spec as FilterSpec;
    return { ...resource, spec: { ...spec, openings: spec.openings.map(filled) } };
  });
}
