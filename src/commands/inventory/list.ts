// hxllm inventory list
import { BaseCommand, hostFlags, inventoryFlags } from '../../base.js';

export default class InventoryList extends BaseCommand {
  static override description = `list the hosts of the inventory with their groups and addresses

With --json also every variable as it is written, secrets hidden.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --inventory inventories/dev.ini',
    '<%= config.bin %> <%= command.id %> --json | jq -r ".groups.llm.hosts[]"',
  ];
  static override flags = { ...inventoryFlags, limit: hostFlags.limit };

  async run(): Promise<object> {
    const { flags } = await this.parse(InventoryList);
    const [inventory, { listInventory }] = await Promise.all([
      this.inventory(),
      import('../../tasks/inventory/list.js'),
    ]);
    const { text, json } = listInventory(inventory, flags.limit);
    this.print(text);
    return json;
  }
}
