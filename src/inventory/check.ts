// Looks at a whole inventory and collects everything that is wrong, instead of stopping at the first.
import { HxError, messageOf } from '../errors.js';
import type { Inventory, Warning } from './types.js';

/** One thing that is wrong. */
export interface InventoryProblem {
  message: string;
  where?: string | undefined;
  hint?: string | undefined;
}

export interface InventoryCheck {
  problems: InventoryProblem[];
  warnings: Warning[];
  hosts: number;
  groups: number;
}

/** `validate` knows which variables matter and gives what is wrong with them. */
export function checkInventory(
  inventory: Inventory,
  validate: (inventory: Inventory) => readonly InventoryProblem[],
): InventoryCheck {
  const problems: InventoryProblem[] = [];
  const attempt = (look: () => readonly InventoryProblem[]): void => {
    try {
      problems.push(...look());
    } catch (error) {
      const known = error instanceof HxError ? { where: error.where, hint: error.suggestions[0] } : {};
      problems.push({ message: messageOf(error), ...known });
    }
  };
  // reading the names opens every file of variables
  for (const host of inventory.hosts.values())
    attempt(() => {
      host.variables();
      return [];
    });
  attempt(() => validate(inventory));
  const seen = new Set<string>();
  const once = problems.filter(({ where, message }) => {
    const key = `${where} ${message}`;
    return seen.has(key) ? false : seen.add(key);
  });
  return {
    problems: once,
    warnings: [...inventory.warnings],
    hosts: inventory.hosts.size,
    groups: inventory.groups.size,
  };
}
