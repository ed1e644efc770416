// hxllm vault edit
import { Args } from '@oclif/core';
import { BaseCommand, inventoryFlags } from '../../base.js';

export default class VaultEdit extends BaseCommand {
  static override description =
    'change an encrypted file in $EDITOR; the plaintext is gone when the editor ends';
  static override examples = [
    'EDITOR=nano <%= config.bin %> <%= command.id %> inventories/group_vars/all/vault.yml',
  ];
  static override args = { file: Args.string({ required: true, description: 'encrypted file' }) };
  static override flags = {
    'vault-password-file': inventoryFlags['vault-password-file'],
    'vault-id': inventoryFlags['vault-id'],
    'ask-vault-pass': inventoryFlags['ask-vault-pass'],
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(VaultEdit);
    const [{ vaultOf }, { editVault }] = await Promise.all([
      import('../../tasks/vault/keys.js'),
      import('../../tasks/vault/edit.js'),
    ]);
    const changed = await editVault(args.file, await vaultOf(flags, this.masker));
    this.print(changed ? `changed: ${args.file}` : 'nothing was changed');
    return { file: args.file, changed };
  }
}
