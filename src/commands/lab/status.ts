// Shows the lab's hosts as they are now.
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base.js';

export default class LabStatus extends BaseCommand {
  static override description = 'show the hosts of a lab';
  static override examples = ['<%= config.bin %> lab status', '<%= config.bin %> lab status --json'];
  static override flags = {
    name: Flags.string({ default: 'lab', description: 'name of the lab' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(LabStatus);
    const [{ EXIT }, { needRoot }, { needState }, { labStatus }, { statusText }] = await Promise.all([
      import('../../errors.js'),
      import('../../lab/needs.js'),
      import('../../lab/state.js'),
      import('../../lab/status.js'),
      import('../../tasks/lab-status.js'),
    ]);
    needRoot();
    const status = await labStatus(needState(flags.name));
    this.print(statusText(status));
    if (!status.hosts.every((host) => host.ssh)) this.exitWith(EXIT.unreached);
    return { lab: status };
  }
}
