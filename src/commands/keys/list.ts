// hxllm keys list: clients of the gateways, as the inventory and as the hosts have them.
import { BaseCommand, hostFlags } from '../../base.js';

export default class KeysList extends BaseCommand {
  static override description =
    `list the clients of the gateways: rights, expiry, and where inventory and hosts differ

A key is shown by the first 8 digits of its SHA-256, as in the gateway's access log. Exit 4 when a gateway was not
reached.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --limit hx-api-server --json',
  ];
  static override flags = hostFlags;

  async run(): Promise<object> {
    await this.parse(KeysList);
    const { listKeys } = await import('../../tasks/keys/list.js');
    return this.withFleet(['gateway'], listKeys);
  }
}
