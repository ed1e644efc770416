// Proves that the stack works: units, ports, keys, models, real completions.
import { Flags } from '@oclif/core';
import { BaseCommand, hostFlags } from '../base.js';

export default class Verify extends BaseCommand {
  static override description =
    'prove that the stack works, with real completions; exit 1 when a check fails';
  static override examples = [
    '<%= config.bin %> verify',
    '<%= config.bin %> verify --only completions,stream',
    '<%= config.bin %> verify --deep --limit webui',
    '<%= config.bin %> verify --junit report.xml --evidence evidence/',
  ];
  static override flags = {
    ...hostFlags,
    deep: Flags.boolean({
      description: 'also as a normal user of Open WebUI: a temporary one is made and removed again',
      env: 'HXLLM_DEEP',
    }),
    evidence: Flags.string({
      description: 'folder for what was asked and seen, secrets masked',
      env: 'HXLLM_EVIDENCE',
      helpValue: 'DIR',
    }),
    junit: Flags.string({
      description: 'file for a report that CI servers read',
      env: 'HXLLM_JUNIT',
      helpValue: 'FILE',
    }),
    only: Flags.string({
      description: 'only these checks',
      helpValue: 'CHECK[,CHECK]',
      multiple: true,
      delimiter: ',',
      multipleNonGreedy: true,
    }),
    skip: Flags.string({
      description: 'not these checks',
      helpValue: 'CHECK[,CHECK]',
      multiple: true,
      delimiter: ',',
      multipleNonGreedy: true,
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
