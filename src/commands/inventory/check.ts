// hxllm inventory check
import { BaseCommand, inventoryFlags } from '../../base.js';

export default class InventoryCheck extends BaseCommand {
  static override description = `check the inventory: files, vaults and every variable that hxllm uses

Touches no host. Exit codes: 0 fine (warnings may be shown), 2 something must be mended.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --inventory inventories/dev.ini --json',
  ];
  static override flags = inventoryFlags;

  async run(): Promise<object> {
    await this.parse(InventoryCheck);
    const [inventory, { inventoryReport }] = await Promise.all([
      this.inventory(),
      import('../../tasks/inventory/check.js'),
    ]);
    const { text, json, exit } = inventoryReport(inventory);
    this.print(text);
    this.exitWith(exit);
    return { ...json, exit };
  }
}
