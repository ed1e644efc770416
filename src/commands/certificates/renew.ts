// hxllm certificates renew: issues again what ends soon.
import { Flags } from '@oclif/core';
import { BaseCommand, certificateFlags, inventoryFlags } from '../../base.js';

export default class CertificatesRenew extends BaseCommand {
  static override description =
    `issue certificates of your own authority again: what ends soon, or lacks a name

Each keeps its key: one file changes, and the next deploy brings it, without a failed request. Fit for a timer, with
deploy --yes behind it. verify, doctor and status say what ends soon.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> && <%= config.bin %> deploy --yes',
    '<%= config.bin %> <%= command.id %> --all --days 90',
  ];
  static override flags = {
    ...inventoryFlags,
    ...certificateFlags,
    all: Flags.boolean({ description: 'whatever is left of them' }),
    within: Flags.integer({
      description: 'days left from which one is issued again',
      helpValue: 'N',
      default: 30,
      min: 1,
    }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(CertificatesRenew);
    const { renewCertificates } = await import('../../tasks/certificates/renew.js');
    const { days, within, all = false } = flags;
    const { json, exit } = await renewCertificates(await this.inventory(), {
      days,
      within,
      all,
      print: this.talk.print,
    });
    return { ...json, exit };
  }
}
