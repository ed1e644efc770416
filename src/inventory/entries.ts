// Hosts and groups while inventory files are read, with the rules by which Ansible joins them.
import { dirname } from 'node:path';
import { HxError } from '../errors.js';
import type { Origin, Warning } from './types.js';
import type { Written, WrittenVariables } from './written.js';

export interface GroupEntry {
  name: string;
  hosts: Set<string>;
  children: Set<string>;
  parents: Set<string>;
  variables: WrittenVariables;
  priority: number;
  depth: number;
}

export interface HostEntry {
  name: string;
  variables: WrittenVariables;
  /** The file in which it was named first. */
  source: string;
}

/** Everything that inventory files said. `all` and `ungrouped` always exist. */
export class Entries {
  readonly groups = new Map<string, GroupEntry>();
  readonly hosts = new Map<string, HostEntry>();
  readonly warnings: Warning[] = [];
  readonly #places = new Map<string, Origin>();

  constructor() {
    this.addGroup('all');
    this.addGroup('ungrouped');
    this.addChild('all', 'ungrouped');
  }

  addGroup(name: string): GroupEntry {
    let group = this.groups.get(name);
    if (!group) {
      const empty = { hosts: new Set<string>(), children: new Set<string>(), parents: new Set<string>() };
      group = { name, ...empty, variables: new Map(), priority: 1, depth: 0 };
      this.groups.set(name, group);
    }
    return group;
  }

  addHost(name: string, group: string, port: number | undefined, origin: Origin): HostEntry {
    let host = this.hosts.get(name);
    if (!host) {
      host = { name, variables: new Map(), source: origin.file };
      this.hosts.set(name, host);
      const place = { file: origin.file };
      this.setHostVariable(name, 'inventory_file', { raw: origin.file, origin: place });
      // a list of hosts has no folder
      if (origin.line !== undefined)
        this.setHostVariable(name, 'inventory_dir', { raw: dirname(origin.file), origin: place });
      // as in Ansible a port behind the name counts only where the host is named first
      if (port !== undefined) host.variables.set('ansible_port', { raw: port, origin });
    }
    this.addGroup(group).hosts.add(name);
    const place = `${group} ${name}`;
    if (!this.#places.has(place)) this.#places.set(place, origin);
    return host;
  }

  addChild(parent: string, child: string, where?: string): void {
    if (parent === child || this.ancestors(parent).has(child))
      throw new HxError({
        code: 'inventory',
        message: `group ${child} contains itself through ${parent}`,
        where,
      });
    const group = this.addGroup(parent);
    const under = this.addGroup(child);
    group.children.add(child);
    under.parents.add(parent);
    this.#deepen(under, group.depth + 1);
  }

  #deepen(group: GroupEntry, depth: number): void {
    if (group.depth >= depth) return;
    group.depth = depth;
    for (const child of group.children) this.#deepen(this.groups.get(child)!, depth + 1);
  }

  /** As in Ansible the variables of a host go to the group of the same name, if there is one already. */
  setHostVariable(host: string, name: string, value: Written): void {
    if (this.groups.has(host)) this.setGroupVariable(host, name, value);
    else this.hosts.get(host)!.variables.set(name, value);
  }

  setGroupVariable(group: string, name: string, value: Written): void {
    const entry = this.addGroup(group);
    // it orders groups and is not a variable; group_vars files cannot set it
    if (name === 'ansible_group_priority') entry.priority = Math.trunc(Number(value.raw)) || 0;
    else entry.variables.set(name, value);
  }

  ancestors(group: string): Set<string> {
    const found = new Set<string>();
    const walk = (name: string): void => {
      for (const parent of this.groups.get(name)?.parents ?? [])
        if (!found.has(parent)) {
          found.add(parent);
          walk(parent);
        }
    };
    walk(group);
    return found;
  }

  /** Where a host was named in a group or in one under it. */
  place(host: string, group: string): Origin | undefined {
    const under = [...this.groups.keys()].filter((g) => g === group || this.ancestors(g).has(group));
    return under.map((g) => this.#places.get(`${g} ${host}`)).find(Boolean);
  }

  /** Hosts of a group and of all groups under it: level by level, each in the order of the inventory. */
  members(group: string): string[] {
    const hosts = new Set<string>();
    const seen = new Set<string>();
    let level = this.groups.has(group) ? [group] : [];
    while (level.length > 0) {
      const next: string[] = [];
      for (const name of level) {
        if (seen.has(name)) continue;
        seen.add(name);
        const entry = this.groups.get(name)!;
        for (const host of entry.hosts) hosts.add(host);
        next.push(...entry.children);
      }
      level = next;
    }
    return [...hosts];
  }

  /** The groups of each host, `all` first and then in the order in which their variables override. */
  groupsOf(): Map<string, GroupEntry[]> {
    const found = new Map<string, Set<GroupEntry>>();
    for (const name of this.hosts.keys()) found.set(name, new Set([this.groups.get('all')!]));
    for (const group of this.groups.values()) {
      const above = [...this.ancestors(group.name)].map((name) => this.groups.get(name)!);
      for (const host of group.hosts) for (const one of [group, ...above]) found.get(host)!.add(one);
    }
    const sorted = new Map<string, GroupEntry[]>();
    for (const [host, groups] of found) sorted.set(host, [...groups].sort(byOverride));
    return sorted;
  }

  /** To be called when all files are read: every group descends from `all`, `ungrouped` holds the rest. */
  settle(): void {
    const ungrouped = this.groups.get('ungrouped')!;
    for (const group of this.groups.values())
      if (group.name !== 'all' && group.parents.size === 0) this.addChild('all', group.name);
    const grouped = new Set<string>();
    for (const group of this.groups.values())
      if (group.name !== 'all' && group.name !== 'ungrouped')
        for (const host of group.hosts) grouped.add(host);
    for (const host of this.hosts.keys())
      if (grouped.has(host)) ungrouped.hosts.delete(host);
      else ungrouped.hosts.add(host);
    for (const name of this.groups.keys())
      if (this.hosts.has(name))
        this.warnings.push({ message: `${name} is the name of a group and of a host` });
  }
}

function byOverride(a: GroupEntry, b: GroupEntry): number {
  if (a.name === 'all' || b.name === 'all') return a.name === 'all' ? (b.name === 'all' ? 0 : -1) : 1;
  return a.depth - b.depth || a.priority - b.priority || (a.name < b.name ? -1 : 1);
}
