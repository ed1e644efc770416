// hxllm history: what was done on the hosts.
import { BaseCommand, hostFlags } from '../base.js';

export default class History extends BaseCommand {
  static override description = `show what was done on the hosts: when, by whom, and whether it was put back

Each host keeps the last 50 records itself. Exit 4 when a host was not reached.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --limit hx-api-server --json',
  ];
  static override flags = hostFlags;

  async run(): Promise<object> {
    await this.parse(History);
    const { history } = await import('../tasks/history.js');
    return this.withFleet(undefined, history);
  }
}
