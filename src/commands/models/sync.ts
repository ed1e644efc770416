// hxllm models sync: the backends get the models that the inventory asks for.
import { Flags } from '@oclif/core';
import { applyFlags, BaseCommand } from '../../base.js';

export default class ModelsSync extends BaseCommand {
  static override description = `pull what the inventory asks for, then let the gateways follow

A model that is not the same on all its hosts is pulled anew on each. With --prune what the inventory does not ask for is
removed afterwards. A gateway is changed as by deploy, without a failed request.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --prune --check',
  ];
  static override flags = {
    ...applyFlags,
    check: Flags.boolean({ description: 'only say what would be done; exit 3 when there is something' }),
    prune: Flags.boolean({ description: 'also remove models that the inventory does not ask for' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(ModelsSync);
    const { syncModels } = await import('../../tasks/models/sync.js');
    return this.withFleet(['backend'], (fleet, run) =>
      syncModels(fleet, run, {
        check: flags.check,
        prune: flags.prune,
        ...this.talk,
      }),
    );
  }
}
