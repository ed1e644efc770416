// hxllm vault decrypt
import { Args } from '@oclif/core';
import { BaseCommand, inventoryFlags } from '../../base.js';

export default class VaultDecrypt extends BaseCommand {
  static override description = 'decrypt files in place; to look at one, use view';
  static override examples = [
    '<%= config.bin %> <%= command.id %> vault.yml --vault-password-file .vault-password',
  ];
  static override strict = false;
  static override args = { file: Args.string({ required: true, description: 'file, or several' }) };
  static override flags = {
    'vault-password-file': inventoryFlags['vault-password-file'],
    'vault-id': inventoryFlags['vault-id'],
    'ask-vault-pass': inventoryFlags['ask-vault-pass'],
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(VaultDecrypt);
    const [{ vaultOf }, { decryptFiles }] = await Promise.all([
      import('../../tasks/vault/keys.js'),
      import('../../tasks/vault/files.js'),
    ]);
    const files = argv as string[];
    decryptFiles(files, await vaultOf(flags, this.masker));
    this.print(`decrypted: ${files.join(', ')}`);
    return { decrypted: files };
  }
}
