// Proves that the stack works: units, ports, keys, models, real completions.
import { Flags } from '@oclif/core';
import { BaseCommand, checkFlags, hostFlags } from '../base.js';

export default class Verify extends BaseCommand {
  static override description = `prove that the stack works, with real completions; exit 1 when a check fails

With --clients real clients are asked, too, each for the list of models, an answer and a stream: curl and Python's
openai SDK of the host that --from names, and Node's, whose connections begin there. They ask litellm_base_url as that
host finds it, with the key of the first client that may use every model without limits, else with the master key.`;
  static override examples = [
    '<%= config.bin %> verify',
    '<%= config.bin %> verify --only completions,stream',
    '<%= config.bin %> verify --deep --limit webui',
    '<%= config.bin %> verify --junit report.xml --evidence evidence/',
    {
      description: 'as clients on a host of yours do',
      command: '<%= config.bin %> verify --clients curl,python,node --from hx-webui-server',
    },
    {
      description: 'nothing but that',
      command: '<%= config.bin %> verify --clients curl --only client-curl',
    },
  ];
  static override flags = {
    ...hostFlags,
    ...checkFlags,
    clients: Flags.option({
      description: 'ask with these real clients, too: curl, python, node',
      helpValue: 'CLIENT[,CLIENT]',
      options: ['curl', 'python', 'node'] as const,
      multiple: true,
      delimiter: ',',
      multipleNonGreedy: true,
    })(),
    deep: Flags.boolean({
      description: 'also as a normal user of Open WebUI: a temporary one is made and removed again',
      env: 'HXLLM_DEEP',
    }),
    evidence: Flags.string({
      description: 'folder for what was asked and seen, secrets masked',
      env: 'HXLLM_EVIDENCE',
      helpValue: 'DIR',
    }),
    from: Flags.string({
      description: 'host that the clients are asked from [default: the first of [webui], else the gateway]',
      helpValue: 'HOST',
      dependsOn: ['clients'],
    }),
    junit: Flags.string({
      description: 'file for a report that CI servers read',
      env: 'HXLLM_JUNIT',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(Verify);
    const [inventory, { verify }, { findingsText }] = await Promise.all([
      this.inventory(),
      import('../tasks/verify.js'),
      import('../ui/findings.js'),
    ]);
    const { findings, summary, exit } = await verify(inventory, await this.context(), flags);
    this.print(findingsText(findings, summary));
    this.exitWith(exit);
    return { findings, summary };
  }
}
