// hxllm plan: what a deploy would change.
import { Flags } from '@oclif/core';
import { adoptFlags, BaseCommand, hostFlags, roleFlags } from '../base.js';

export default class Plan extends BaseCommand {
  static override description = `show what a deploy would change, without changing anything

Reads each host once over one connection, compares it with the inventory and shows each difference, files as a diff
with secrets masked. With --remove ROLE it shows what a deploy with it would take away from the hosts of --limit, and
what stays. Exit codes: 0 nothing to do, 3 changes pending, 4 a host was not reached, 1 a change is refused.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --limit hx-api-server --diff',
    '<%= config.bin %> <%= command.id %> --json | jq -r ".hosts[] | .host, .changes[].title"',
  ];
  static override flags = {
    ...hostFlags,
    ...adoptFlags,
    diff: Flags.boolean({ description: 'show new files in full, too' }),
    ...roleFlags,
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(Plan);
    if (flags.remove) {
      const { removeRoles } = await import('../tasks/remove.js');
      return this.withLeaving(flags.remove, flags.data, (fleet, run) =>
        removeRoles(fleet, run, { check: true, full: flags.diff, ...this.talk }),
      );
    }
    return this.withFleet(
      flags.role,
      async (fleet, run) => {
        const { lookAll, planReport } = await import('../tasks/plan.js');
        const looked = await lookAll(fleet, run, { adopt: flags.adopt, provide: true });
        return planReport(looked, { full: flags.diff });
      },
      { connect: true },
    );
  }
}
