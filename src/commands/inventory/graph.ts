// hxllm inventory graph
import { Args } from '@oclif/core';
import { BaseCommand, inventoryFlags } from '../../base.js';

export default class InventoryGraph extends BaseCommand {
  static override description = 'draw groups and hosts as a tree, as ansible-inventory --graph does';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> llm',
  ];
  static override args = { group: Args.string({ default: 'all', description: 'group to begin with' }) };
  static override flags = inventoryFlags;

  async run(): Promise<object> {
    const { args } = await this.parse(InventoryGraph);
    const [inventory, { graphInventory }] = await Promise.all([
      this.inventory(),
      import('../../tasks/inventory/graph.js'),
    ]);
    const { text, json } = graphInventory(inventory, args.group);
    this.print(text);
    return json;
  }
}
