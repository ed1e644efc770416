// hxllm models pull: models onto backends, side by side.
import { applyFlags, BaseCommand, modelArgs } from '../../base.js';

export default class ModelsPull extends BaseCommand {
  static override description = `pull models to the backends side by side, with room looked for first

A pull that was cut goes on where it was. What is there already is brought to the release of today; a model that is not
the same on all hosts afterwards is exit 1. When the inventory asks for it, the gateways follow in the same run, without
a failed request.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> qwen3:0.6b',
    '<%= config.bin %> <%= command.id %> phi3:3.8b nomic-embed-text --limit hx-llm02-server',
  ];
  static override strict = false;
  static override args = modelArgs;
  static override flags = applyFlags;

  async run(): Promise<object> {
    const { argv } = await this.parse(ModelsPull);
    const { pullModels } = await import('../../tasks/models/pull.js');
    return this.withFleet(['backend'], (fleet, run) => pullModels(fleet, run, argv as string[], this.talk));
  }
}
