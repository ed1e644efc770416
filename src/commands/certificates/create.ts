// hxllm certificates create: an authority of one's own, and certificates for the gateway and the web UI.

import { applyFlags, BaseCommand, certificateFlags, inventoryFlags } from '../../base.js';

export default class CertificatesCreate extends BaseCommand {
  static override description =
    `make an authority of your own, and certificates of it for the gateway and the web UI

Certificates go into group_vars/all/certificates, their keys and the authority's beside the master key, and
group_vars/all/hxllm_certificates.yml names them: every host then trusts the authority. Nothing happens on a host
until the next deploy. Run again, it makes only what is missing. Needs openssl on this machine.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> && <%= config.bin %> deploy',
    '<%= config.bin %> <%= command.id %> --days 90 --yes',
  ];
  static override flags = {
    ...inventoryFlags,
    ...certificateFlags,
    yes: applyFlags.yes,
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(CertificatesCreate);
    const { createCertificates } = await import('../../tasks/certificates/create.js');
    return this.withFleet(undefined, (fleet, run) =>
      createCertificates(fleet, run, { days: flags.days, ...this.talk }),
    );
  }
}
