// hxllm keys create: a new client's key, in the vault, in the inventory and on the gateways, live.
import { Args, Flags } from '@oclif/core';
import { applyFlags, BaseCommand, hostFlags } from '../../base.js';

const { limit: _, ...flags } = hostFlags;
const number = (description: string) => Flags.integer({ description, helpValue: 'N', min: 1 });

export default class KeysCreate extends BaseCommand {
  static override description =
    `make a key for a client: into the vault, into the inventory, onto the gateways, live

The key is written beside the master key, the client into group_vars/all/litellm_clients.yml, which is hxllm's own file;
then all gateways accept it, and that is proven. Nothing is restarted. Where the inventory lists its clients itself,
nothing is written, and the lines to add are said (exit 2). Stopped anywhere, the same command finishes it. A gateway
that is not reached is exit 4: the others know the key.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> alice --model phi3-3.8b --rpm 60',
    'KEY=$(<%= config.bin %> <%= command.id %> ci --expires 2027-01-31 --yes --show)',
    '<%= config.bin %> <%= command.id %> prometheus --metrics',
  ];
  static override args = { name: Args.string({ required: true, description: 'name of the client' }) };
  static override flags = {
    ...flags,
    expires: Flags.string({
      description: 'end of the key: 2027-01-31 (its beginning, UTC), 2027-01-31T12:00:00Z',
      helpValue: 'DATE',
    }),
    'lock-wait': applyFlags['lock-wait'],
    metrics: Flags.boolean({ description: 'a key that reads /metrics and nothing else' }),
    model: Flags.string({
      description: 'a model that it may use; repeat it for more [default: all]',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    parallel: applyFlags.parallel,
    'max-parallel': number('requests at once'),
    rpm: number('requests a minute'),
    show: Flags.boolean({ description: 'print the key, and nothing else, on stdout' }),
    tpm: number('tokens a minute'),
    yes: applyFlags.yes,
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(KeysCreate);
    const [{ createKey }, { HxError }] = await Promise.all([
      import('../../tasks/keys/create.js'),
      import('../../errors.js'),
    ]);
    if (flags.show && this.jsonEnabled())
      throw new HxError({ code: 'usage', message: '--show and --json exclude each other' });
    const { model: models, rpm, tpm, 'max-parallel': parallel, expires, metrics } = flags;
    const given = Object.entries({ models, rpm, tpm, parallel, expires, metrics: metrics || undefined });
    return this.withFleet(['gateway'], async (fleet, run) => {
      const { key, ...report } = await createKey(fleet, run, {
        name: args.name,
        rights: Object.fromEntries(given.filter(([, value]) => value !== undefined)),
        print: (text) => (flags.show ? this.logToStderr(text) : this.print(text)),
        warn: (text) => this.logToStderr(text),
        confirm: (question) => this.confirm(question),
      });
      if (flags.show && key) this.reveal(key);
      return report;
    });
  }
}
