// hxllm inventory graph: groups and hosts as a tree, drawn as `ansible-inventory --graph` draws it.
import { HxError } from '../../errors.js';
import type { Inventory } from '../../inventory/types.js';

export function graphInventory(inventory: Inventory, root = 'all'): { text: string; json: object } {
  if (!inventory.groups.has(root))
    throw new HxError({
      code: 'usage',
      message: `there is no group ${root}`,
      hint: `groups: ${[...inventory.groups.keys()].join(', ')}`,
    });
  return { text: lines(inventory, root, 0).join('\n'), json: tree(inventory, root) };
}

function lines(inventory: Inventory, name: string, depth: number): string[] {
  const { hosts, children } = inventory.groups.get(name)!;
  return [
    line(`@${name}:`, depth),
    ...children.flatMap((child) => lines(inventory, child, depth + 1)),
    ...hosts.map((host) => line(host, depth + 1)),
  ];
}

function line(text: string, depth: number): string {
  return depth === 0 ? text : `${'  |'.repeat(depth)}--${text}`;
}

function tree(inventory: Inventory, name: string): object {
  const { hosts, children } = inventory.groups.get(name)!;
  return { name, hosts: [...hosts], children: children.map((child) => tree(inventory, child)) };
}
