// hxllm inventory show HOST
import { Args, Flags } from '@oclif/core';
import { BaseCommand, inventoryFlags } from '../../base.js';

export default class InventoryShow extends BaseCommand {
  static override description = 'show the variables of a host: value, and the file and line it comes from';
  static override examples = [
    '<%= config.bin %> <%= command.id %> hx-api-server',
    '<%= config.bin %> <%= command.id %> hx-api-server --var litellm_backends',
  ];
  static override args = { host: Args.string({ required: true, description: 'name, or its first label' }) };
  static override flags = {
    ...inventoryFlags,
    var: Flags.string({
      description: 'only this variable',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(InventoryShow);
    const [inventory, { showHost }] = await Promise.all([
      this.inventory(),
      import('../../tasks/inventory/show.js'),
    ]);
    const { text, json } = showHost(inventory, args.host, flags.var);
    this.print(text);
    return json;
  }
}
