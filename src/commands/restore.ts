// hxllm restore: hosts that are empty, or not as they should be, get back what only they had.
import { Flags } from '@oclif/core';
import { applyFlags, BaseCommand } from '../base.js';

export default class Restore extends BaseCommand {
  static override description =
    `bring hosts back from their backups: deployed, with users, chats and history, proven

  1. Each host fetches its snapshot into a folder of root's, and it is judged: whole, undamaged, of this host. When one
     is not, nothing is restored anywhere; all that a host has got by then are the packages restic and python3.
  2. The hosts are deployed as by \`deploy\`: configuration and client keys are what the inventory says today.
  3. What only the hosts had is put in: Open WebUI's data and secret key, older releases and the history of a gateway;
     models, when they are in the backup, before a backend would pull them.
  4. What the restored data has otherwise than the inventory is changed, and every check of \`verify\` runs.
An Open WebUI with users, chats or files is replaced with --overwrite alone, and its old data is kept beside the new. When
it does not start on the restored data it gets its own back, exit 6.
Exit codes as for deploy.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --limit hx-webui-server --snapshot 4bba301e',
    '<%= config.bin %> <%= command.id %> --overwrite --yes',
  ];
  static override flags = {
    ...applyFlags,
    snapshot: Flags.string({
      description: 'snapshot to restore, as `backup list` names it; of one host',
      default: 'latest',
      helpValue: 'ID',
      parse: async (value) => {
        if (!/^([0-9a-f]{6,64}|latest)$/.test(value))
          throw new Error(`Expected latest or an id of hexadecimal digits but received: ${value}`);
        return value;
      },
    }),
    overwrite: Flags.boolean({ description: 'replace the users, chats and files that are there' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(Restore);
    const { restore } = await import('../tasks/restore.js');
    return this.withFleet(undefined, (fleet, run) =>
      restore(fleet, run, { snapshot: flags.snapshot, overwrite: flags.overwrite, ...this.talk }),
    );
  }
}
