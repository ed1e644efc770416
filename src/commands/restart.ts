// hxllm restart: the services of the hosts, without a failed request.
import { Flags } from '@oclif/core';
import { applyFlags, BaseCommand } from '../base.js';

export default class Restart extends BaseCommand {
  static override description =
    `restart the services: backends side by side, gateways one at a time behind their standby

A gateway's standby is started and proven first and serves while LiteLLM restarts, so no request fails. With
--serial both are restarted in batches. Exit codes as for deploy.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --limit hx-api-server',
    '<%= config.bin %> <%= command.id %> --role backend --yes',
  ];
  static override flags = {
    ...applyFlags,
    role: Flags.option({
      options: ['backend', 'gateway'] as const,
      multiple: true,
      description: 'only services of this role',
    })(),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(Restart);
    const { restart } = await import('../tasks/restart.js');
    return this.withFleet(flags.role, (fleet, run) => restart(fleet, run, this.talk));
  }
}
