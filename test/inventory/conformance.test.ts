// Each folder of cases/ is an inventory with what ansible-core makes of it (oracle.py); ours must be the same.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadInventory, type Value } from '../../src/inventory/index.js';
import { Masker, Secret } from '../../src/secret.js';

const CASES = join(import.meta.dirname, 'cases');

interface Expected {
  groups: Record<string, { hosts: string[]; children: string[]; members: string[] }>;
  hosts: Record<string, { groups: string[]; variables: Record<string, unknown> }>;
  patterns?: Record<string, string[]>;
}

const SOURCES = {
  guide: 'inventories/dev.ini',
  traps: 'hosts.ini',
  groups: 'hosts.ini',
  folder: 'inv',
  precedence: 'hosts.ini',
  field: 'hosts.ini',
  yaml: 'hosts.yml',
  vaults: 'hosts.ini',
  jinja: 'hosts.yml',
};

const load = (name: keyof typeof SOURCES) =>
  loadInventory({
    sources: [join(CASES, name, SOURCES[name])],
    vaultPasswordFiles: [join(CASES, 'vault-password')],
    masker: new Masker(),
    env: { HOME: process.env.HOME },
  });

const expectedOf = (name: string): Expected =>
  JSON.parse(readFileSync(join(CASES, name, 'expected.json'), 'utf8'));

const revealed = (value: Value | undefined): unknown => {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
};

/** Names that are hxllm's own business and not compared. */
const UNCOMPARED = ['inventory_dir', 'inventory_file', 'inventory_hostname'];

describe.each(Object.keys(SOURCES) as (keyof typeof SOURCES)[])('inventory %s', (name) => {
  const expected = expectedOf(name);

  it('has the groups of Ansible', async () => {
    const inventory = await load(name);
    const groups = Object.fromEntries(
      [...inventory.groups.values()].map((group) => [
        group.name,
        {
          hosts: [...group.hosts].sort(),
          children: [...group.children].sort(),
          members: inventory
            .members(group.name)
            .map((host) => host.name)
            .sort(),
        },
      ]),
    );
    const theirs = Object.entries(expected.groups).map(([group, { hosts, children, members }]) => [
      group,
      { hosts: hosts.sort(), children: children.sort(), members: members.sort() },
    ]);
    expect(groups).toEqual(Object.fromEntries(theirs));
  });

  it.each(Object.keys(expected.hosts))('gives %s the values of Ansible', async (hostName) => {
    const host = (await load(name)).hosts.get(hostName)!;
    const { groups, variables } = expected.hosts[hostName]!;
    expect(host.groups.filter((group) => group !== 'all').sort()).toEqual(groups);
    expect(host.variables().filter((variable) => !UNCOMPARED.includes(variable))).toEqual(
      Object.keys(variables).sort(),
    );
    const ours = Object.keys(variables).map((variable) => [variable, revealed(host.get(variable))]);
    expect(Object.fromEntries(ours)).toEqual(variables);
  });
});

describe('--limit', () => {
  it.each(Object.entries(expectedOf('groups').patterns!))('%s', async (pattern, hosts) => {
    const inventory = await load('groups');
    const selected = (): string[] =>
      inventory
        .select(pattern)
        .map((host) => host.name)
        .sort();
    // Ansible goes on with no host; hxllm does not
    if (hosts.length === 0) expect(selected).toThrow(expect.objectContaining({ code: 'limit' }));
    else expect(selected()).toEqual(hosts);
  });
});
