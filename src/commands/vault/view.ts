// hxllm vault view
import { Args } from '@oclif/core';
import { BaseCommand, inventoryFlags } from '../../base.js';

export default class VaultView extends BaseCommand {
  static override description = 'print what is in an encrypted file';
  static override examples = ['<%= config.bin %> <%= command.id %> inventories/group_vars/all/vault.yml'];
  static override enableJsonFlag = false;
  static override args = { file: Args.string({ required: true, description: 'encrypted file' }) };
  static override flags = {
    'vault-password-file': inventoryFlags['vault-password-file'],
    'vault-id': inventoryFlags['vault-id'],
    'ask-vault-pass': inventoryFlags['ask-vault-pass'],
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VaultView);
    const [{ vaultOf }, { viewFile }] = await Promise.all([
      import('../../tasks/vault/keys.js'),
      import('../../tasks/vault/files.js'),
    ]);
    // the one place where secrets are shown: not through print, which hides them
    process.stdout.write(viewFile(args.file, await vaultOf(flags, this.masker)));
  }
}
