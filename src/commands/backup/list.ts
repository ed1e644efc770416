// hxllm backup list: the snapshots of each host.
import { BaseCommand, hostFlags } from '../../base.js';

export default class BackupList extends BaseCommand {
  static override description = `list the snapshots of the hosts, as their repositories have them

Each host asks its own repository. Restic is installed on a host that has none yet. Exit 4 when a host was not reached,
1 when a repository could not be read.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --limit hx-webui-server --json',
  ];
  static override flags = hostFlags;

  async run(): Promise<object> {
    await this.parse(BackupList);
    const { listBackups } = await import('../../tasks/backup/list.js');
    return this.withFleet(undefined, listBackups);
  }
}
