// hxllm doctor: what is wrong, why, and what mends it.
import { Flags } from '@oclif/core';
import { BaseCommand, checkFlags, hostFlags } from '../base.js';

export default class Doctor extends BaseCommand {
  static override description = `find out what is wrong with hosts and stack, and what mends it

All checks of verify, and those that look for causes: why a service does not run (port taken, program gone, not allowed,
out of memory, wrong configuration, killed, stopped), names, clocks, disks, memory against models, what hosts trust, hosts
that hxllm did not deploy. Nothing is changed; with --fix what harms nobody is done, and looked at again.

Exit 1 when an error is found, 4 when only hosts were not reached, else 0, also with warnings.`;
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --limit llm --fix',
    '<%= config.bin %> doctor --only start,disk --json',
  ];
  static override flags = {
    ...hostFlags,
    ...checkFlags,
    fix: Flags.boolean({
      description:
        'start what was stopped or killed, set clocks to be kept, make room in journal and apt cache',
    }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(Doctor);
    const { fix, only, skip } = flags;
    const { doctor } = await import('../tasks/doctor.js');
    return this.withFleet(undefined, (fleet, run) => doctor(fleet, run, { fix, only, skip }));
  }
}
