// Shows what runs where.
import { BaseCommand, hostFlags } from '../base.js';

export default class Status extends BaseCommand {
  static override description = 'show what runs where: state, version, models, last deploy';
  static override examples = ['<%= config.bin %> status', '<%= config.bin %> status --limit llm --json'];
  static override flags = hostFlags;

  async run(): Promise<unknown> {
    await this.parse(Status);
    const [inventory, { status }, { statusText }] = await Promise.all([
      this.inventory(),
      import('../tasks/status.js'),
      import('../ui/status.js'),
    ]);
    const { hosts, exit } = await status(inventory, await this.context());
    this.print(statusText(hosts, new Date()));
    this.exitWith(exit);
    return { hosts };
  }
}
