// hxllm backup: a backup of each host now.
import { BaseCommand, hostFlags } from '../../base.js';

export default class Backup extends BaseCommand {
  static override description =
    `back the hosts up now, each into its encrypted restic repository, and read it back

What \`deploy\` has set up and a timer does every night: consistent copies of Open WebUI's databases while it runs, its
uploads and secret key, configuration, client keys, releases and history; models with hxllm_backup_models. Each database
is read back from the repository and compared, the repository is checked, and what hxllm_backup_keep does not keep is
forgotten. A backup that has begun goes on when this command is interrupted or its connection is lost.
Exit codes: 0 all done, 1 a backup failed, 2 usage or inventory, 4 a host was not reached.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --limit hx-webui-server --json',
  ];
  static override flags = hostFlags;

  async run(): Promise<object> {
    await this.parse(Backup);
    const { makeBackups } = await import('../../tasks/backup/make.js');
    return this.withFleet(undefined, makeBackups);
  }
}
