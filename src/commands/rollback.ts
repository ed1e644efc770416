// hxllm rollback: an older release of the gateways, without a failed request.
import { Args, Flags } from '@oclif/core';
import { applyFlags, BaseCommand } from '../base.js';

export default class Rollback extends BaseCommand {
  static override description = `put the gateways back to an older release, proven before a client meets it

A gateway keeps its last five releases: configuration, environment and LiteLLM itself. Without ID each gateway goes to
the release before its current one; \`hxllm history\` lists them. The older release is started beside the one that
serves and proven with its own models, as in a deploy; when the proof fails, the current one stays (exit 6). Client
keys are no part of a release: one that was revoked stays revoked. Afterwards \`plan\` shows what the inventory wants
otherwise, and the next deploy goes back to it.
Exit codes as for deploy; a release that a gateway does not have is 2.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> 20261123T101500-ab12 --limit hx-api-server',
    '<%= config.bin %> <%= command.id %> --check',
  ];
  static override args = { id: Args.string({ description: 'release to go back to', name: 'ID' }) };
  static override flags = {
    ...applyFlags,
    check: Flags.boolean({ description: 'only show what would change; exit 3 when something would' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Rollback);
    const { rollback } = await import('../tasks/rollback.js');
    return this.withFleet(['gateway'], (fleet, run) =>
      rollback(fleet, run, {
        id: args.id,
        check: flags.check,
        ...this.talk,
      }),
    );
  }
}
