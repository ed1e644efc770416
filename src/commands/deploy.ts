// hxllm deploy: makes the hosts what the inventory says, and proves it.
import { Flags } from '@oclif/core';
import { adoptFlags, applyFlags, BaseCommand, roleFlags } from '../base.js';

export default class Deploy extends BaseCommand {
  static override description = `make the hosts what the inventory says, and prove it with a real completion

Reads each host, shows the plan, asks, and then changes:
  1. the backends, side by side; one that fails or is not reached stops no other
  2. the gateways, one at a time; the first one that fails or is not reached stops those after it
     (--skip-unreachable goes on past one that is not reached). A gateway is left alone when all
     backends of one of its models failed in this run. What was not touched is said.
     With --serial both are changed in batches, and a host that fails stops all batches after its own.
  3. web UIs, when their gateway serves. The first time a client's key and an administrator's password are made and
     written into your vault, beside the master key.
  4. then every check of \`verify\` runs against what was deployed.
With --remove ROLE a role is taken away from the hosts of --limit that the inventory no longer asks to have it: its
services, files, programs and records. Data stays, and a later deploy finds it, unless --data is given.
A gateway that hxllm did not install gives way once its successor is proven; the plan says so.
A host that is not reached counts as failed (exit 4). When something is refused, nothing is changed anywhere.
Exit codes: 0 done and proven, 1 something failed, 2 usage or inventory, 3 changes pending (--check), 4 a host was
not reached and nothing else failed, 5 another run holds a host's lock, 130 interrupted.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --limit hx-api-server',
    '<%= config.bin %> <%= command.id %> --check',
    '<%= config.bin %> <%= command.id %> --role backend --yes',
    '<%= config.bin %> <%= command.id %> --remove backend --limit hx-llm02-server',
  ];
  static override flags = {
    ...applyFlags,
    check: Flags.boolean({ description: 'only show the plan; exit 3 when there are changes' }),
    ...adoptFlags,
    diff: Flags.boolean({ description: 'show new files in full, too' }),
    ...roleFlags,
    'skip-unreachable': Flags.boolean({ description: 'change the gateways after one that is not reached' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(Deploy);
    if (flags.remove) {
      const { removeRoles } = await import('../tasks/remove.js');
      return this.withLeaving(flags.remove, flags.data, (fleet, run) =>
        removeRoles(fleet, run, { check: flags.check, full: flags.diff, ...this.talk }),
      );
    }
    return this.withFleet(
      flags.role,
      async (fleet, run) => {
        const { deploy } = await import('../tasks/deploy.js');
        return deploy(fleet, run, {
          check: flags.check,
          adopt: flags.adopt,
          full: flags.diff,
          skipUnreachable: flags['skip-unreachable'],
          ...this.talk,
        });
      },
      { connect: true },
    );
  }
}
