// hxllm certificates list: what the inventory has.
import { BaseCommand, inventoryFlags } from '../../base.js';

export default class CertificatesList extends BaseCommand {
  static override description = `list the certificates of the inventory: for whom, until when, from which file

It asks no host; status says what each host shows.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override flags = inventoryFlags;

  async run(): Promise<object> {
    await this.parse(CertificatesList);
    const { listCertificates } = await import('../../tasks/certificates/list.js');
    return this.withFleet(undefined, listCertificates);
  }
}
