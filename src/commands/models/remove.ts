// hxllm models remove: models off the disks of backends.
import { applyFlags, BaseCommand, modelArgs } from '../../base.js';

export default class ModelsRemove extends BaseCommand {
  static override description = `remove models from the backends

One that the inventory asks for is refused: take it out there first. A gateway that still offers it is changed before it
goes, without a failed request.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> qwen3:0.6b',
    '<%= config.bin %> <%= command.id %> qwen3:0.6b --limit hx-llm02-server --yes',
  ];
  static override strict = false;
  static override args = modelArgs;
  static override flags = applyFlags;

  async run(): Promise<object> {
    const { argv } = await this.parse(ModelsRemove);
    const { removeModels } = await import('../../tasks/models/remove.js');
    return this.withFleet(['backend'], (fleet, run) => removeModels(fleet, run, argv as string[], this.talk));
  }
}
