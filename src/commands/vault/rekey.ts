// hxllm vault rekey
import { Args, Flags } from '@oclif/core';
import { BaseCommand, inventoryFlags } from '../../base.js';

export default class VaultRekey extends BaseCommand {
  static override description = 'encrypt files again with another password';
  static override examples = [
    '<%= config.bin %> <%= command.id %> vault.yml --vault-password-file old --new-vault-password-file new',
  ];
  static override strict = false;
  static override args = { file: Args.string({ required: true, description: 'file, or several' }) };
  static override flags = {
    'vault-password-file': inventoryFlags['vault-password-file'],
    'vault-id': inventoryFlags['vault-id'],
    'ask-vault-pass': inventoryFlags['ask-vault-pass'],
    'new-vault-password-file': Flags.string({ description: 'file with the new password', helpValue: 'FILE' }),
    'new-vault-id': Flags.string({
      description: 'the new password with its label',
      helpValue: 'LABEL@SOURCE',
      exclusive: ['new-vault-password-file'],
    }),
  };

  async run(): Promise<object> {
    const { argv, flags } = await this.parse(VaultRekey);
    const [{ newPassword, vaultOf }, { rekeyFiles }] = await Promise.all([
      import('../../tasks/vault/keys.js'),
      import('../../tasks/vault/files.js'),
    ]);
    const files = argv as string[];
    const vault = await vaultOf(flags, this.masker);
    rekeyFiles(
      files,
      vault,
      await newPassword({ file: flags['new-vault-password-file'], id: flags['new-vault-id'] }, this.masker),
    );
    this.print(`encrypted with the new password: ${files.join(', ')}`);
    return { rekeyed: files };
  }
}
