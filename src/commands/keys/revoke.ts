// hxllm keys revoke: a client's key, out of the inventory, the gateways and the vault, proven dead.
import { Args } from '@oclif/core';
import { applyFlags, BaseCommand, hostFlags } from '../../base.js';

const { limit: _, ...flags } = hostFlags;

export default class KeysRevoke extends BaseCommand {
  static override description = `revoke a client's key: live, and proven refused

The client leaves the inventory first, then all gateways, where its key is proven refused through HAProxy and on
LiteLLM's own port; then the key leaves the vault. Nothing is restarted. Stopped anywhere, the same command finishes it.
On a gateway that is not reached the key stays alive (exit 4).`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice',
    '<%= config.bin %> <%= command.id %> alice --yes --json',
  ];
  static override args = { name: Args.string({ required: true, description: 'name of the client' }) };
  static override flags = { ...flags, 'lock-wait': applyFlags['lock-wait'], yes: applyFlags.yes };

  async run(): Promise<object> {
    const { args } = await this.parse(KeysRevoke);
    const { revokeKey } = await import('../../tasks/keys/revoke.js');
    return this.withFleet(['gateway'], (fleet, run) =>
      revokeKey(fleet, run, {
        name: args.name,
        ...this.talk,
      }),
    );
  }
}
