// hxllm models list: hosts × models.
import { BaseCommand, hostFlags } from '../../base.js';

export default class ModelsList extends BaseCommand {
  static override description =
    `list the models of the backends: size, digest, in memory or not, and as what clients get them

A model is "not pulled" where the inventory asks for it and it is not there, "not wanted" where nobody asks for it, and
"differs" where another host has another release of it. Exit 4 when a host was not reached.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --limit hx-llm01-server --json',
  ];
  static override flags = hostFlags;

  async run(): Promise<object> {
    await this.parse(ModelsList);
    const { listModels } = await import('../../tasks/models/list.js');
    return this.withFleet(['backend'], listModels);
  }
}
