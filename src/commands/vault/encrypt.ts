// hxllm vault encrypt
import { Args, Flags } from '@oclif/core';
import { BaseCommand, inventoryFlags } from '../../base.js';

export default class VaultEncrypt extends BaseCommand {
  static override description = 'encrypt files in place, as ansible-vault encrypt does';
  static override examples = [
    '<%= config.bin %> <%= command.id %> inventories/group_vars/all/vault.yml --vault-password-file .vault-password',
  ];
  static override strict = false;
  static override args = { file: Args.string({ required: true, description: 'file, or several' }) };
  static override flags = {
    'vault-password-file': inventoryFlags['vault-password-file'],
    'vault-id': inventoryFlags['vault-id'],
    'ask-vault-pass': inventoryFlags['ask-vault-pass'],
    'encrypt-vault-id': Flags.string({
      description: 'label of the password to encrypt with',
      helpValue: 'LABEL',
    }),
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(VaultEncrypt);
    const [{ sealingPassword, vaultOf }, { encryptFiles }] = await Promise.all([
      import('../../tasks/vault/keys.js'),
      import('../../tasks/vault/files.js'),
    ]);
    const files = argv as string[];
    const vault = await vaultOf(flags, this.masker, { confirm: true });
    encryptFiles(files, sealingPassword(vault, flags['encrypt-vault-id']));
    this.print(`encrypted: ${files.join(', ')}`);
    return { encrypted: files };
  }
}
