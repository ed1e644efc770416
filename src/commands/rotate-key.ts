// hxllm rotate-key: a new master key, or a client's, without a failed request.
import { Flags } from '@oclif/core';
import { applyFlags, BaseCommand, hostFlags } from '../base.js';

export default class RotateKey extends BaseCommand {
  static override description =
    `replace the master key, or a client's, everywhere: no request fails, the old one is proven dead

The new key is written into the vault first, the old one beside it. Both are accepted, then hxllm hands the new one to
those it manages, takes the old one away and proves that it is refused, through HAProxy and on LiteLLM's own port.
Nothing is restarted. With --grace the hosts let the old key end by themselves, so that clients have time to change.
Stopped anywhere, the same command finishes it; a deploy in between keeps both keys. A gateway that is not reached keeps
the old key alive (exit 4). Other exit codes: 0 done and proven, 1 failed, 2 usage, inventory or vault, 3 with --check,
5 another run holds a host's lock, 130 interrupted.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --client alice --grace 2h --yes',
    '<%= config.bin %> <%= command.id %> --check',
  ];
  static override flags = {
    ...hostFlags,
    check: Flags.boolean({ description: 'only say what would be done; exit 3' }),
    client: Flags.string({
      description: 'the key of this client of litellm_clients [default: the master key]',
      helpValue: 'NAME',
    }),
    grace: Flags.string({
      description: 'how long the old key is accepted once the new one is: 90s, 10m, 2h, 7d [default: 0s]',
      helpValue: 'DURATION',
    }),
    'lock-wait': applyFlags['lock-wait'],
    yes: applyFlags.yes,
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(RotateKey);
    const [{ rotateKey }, { parseDuration }] = await Promise.all([
      import('../tasks/rotate-key/index.js'),
      import('../ui/duration.js'),
    ]);
    const grace = flags.grace === undefined ? undefined : parseDuration(flags.grace);
    return this.withFleet(['gateway'], (fleet, run) =>
      rotateKey(fleet, run, {
        client: flags.client,
        grace,
        check: flags.check,
        ...this.talk,
        warn: (text) => this.logToStderr(text),
      }),
    );
  }
}
