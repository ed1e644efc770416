// hxllm webui: connects Open WebUI to the gateway, restarts it, and proves that it chats.
import { Flags } from '@oclif/core';
import { adoptFlags, applyFlags, BaseCommand } from '../base.js';

export default class Webui extends BaseCommand {
  static override description = `connect Open WebUI to the gateway, restart it, and prove that it chats

Installs Open WebUI on the hosts of [webui], or takes the one that is there as it is: then only OPENAI_API_BASE_URL and
OPENAI_API_KEY change in its environment file, a copy of which is kept. Its database, which rules after the first
start, gets the same connection; others of an administrator stay. It has a client's key of its own, never the master
key: the first time one is made, written into your vault, and made known on the gateways.
Then it is restarted, waited for, and proven: the saved address and key, the list of models, a chat. When a proof fails,
environment and database are as they were, exit 6. A second run changes nothing.`;
  static override examples = [
    '<%= config.bin %> webui',
    '<%= config.bin %> webui --check',
    '<%= config.bin %> webui --limit hx-webui-server --yes',
  ];
  static override flags = {
    ...applyFlags,
    ...adoptFlags,
    check: Flags.boolean({ description: 'only show the plan; exit 3 when there are changes' }),
    diff: Flags.boolean({ description: 'show new files in full, too' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Webui);
    const { deploy } = await import('../tasks/deploy.js');
    return this.withFleet(['webui'], (fleet, run) =>
      deploy(fleet, run, {
        check: flags.check,
        adopt: flags.adopt,
        full: flags.diff,
        skipUnreachable: false,
        ...this.talk,
      }),
    );
  }
}
