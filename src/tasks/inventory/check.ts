// hxllm inventory check: everything that is wrong, all at once, with its place and what mends it.
import { EXIT, type Exit } from '../../errors.js';
import { checkInventory, type InventoryProblem } from '../../inventory/check.js';
import { type Inventory, showOrigin } from '../../inventory/types.js';
import { readStack, showProblem } from '../../stack/read.js';
import { color } from '../../ui/color.js';

export function inventoryReport(inventory: Inventory): { text: string; json: object; exit: Exit } {
  const { problems, warnings, hosts, groups } = checkInventory(inventory, stackProblems);
  const count = `${hosts} hosts in ${groups} groups, from ${inventory.sources.map((file) => showOrigin({ file })).join(', ')}`;
  const lines = [
    ...problems.flatMap(({ message, hint }) => [
      `${color.bad('✖')} ${message}`,
      ...(hint ? [`    ${hint}`] : []),
    ]),
    ...warnings.map(({ message, where }) => `${color.warn('!')} ${where ? `${where}: ` : ''}${message}`),
    problems.length === 0 ? `${color.good('✔')} ${count}` : `${count}; ${problems.length} to mend`,
  ];
  return {
    text: lines.join('\n'),
    json: { hosts, groups, problems, warnings },
    exit: problems.length === 0 ? EXIT.done : EXIT.usage,
  };
}

function stackProblems(inventory: Inventory): InventoryProblem[] {
  return readStack(inventory).problems.map((problem) => ({
    message: showProblem(problem),
    where: problem.where,
    hint: problem.hint,
  }));
}
