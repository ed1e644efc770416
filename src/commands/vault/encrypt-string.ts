// hxllm vault encrypt-string
import { Flags } from '@oclif/core';
import { BaseCommand, inventoryFlags } from '../../base.js';

export default class VaultEncryptString extends BaseCommand {
  static override description = `encrypt one value, to paste into a file of variables

The value comes from stdin or is asked for; as an argument everybody on this machine could see it.`;
  static override examples = [
    'printf %s "$KEY" | <%= config.bin %> <%= command.id %> --name vault_litellm_master_key --vault-password-file .vault-password',
  ];
  static override flags = {
    'vault-password-file': inventoryFlags['vault-password-file'],
    'vault-id': inventoryFlags['vault-id'],
    'ask-vault-pass': inventoryFlags['ask-vault-pass'],
    'encrypt-vault-id': Flags.string({
      description: 'label of the password to encrypt with',
      helpValue: 'LABEL',
    }),
    name: Flags.string({ description: 'name of the variable', helpValue: 'NAME' }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(VaultEncryptString);
    const [{ sealingPassword, vaultOf }, { encryptString, valueToEncrypt }] = await Promise.all([
      import('../../tasks/vault/keys.js'),
      import('../../tasks/vault/string.js'),
    ]);
    const vault = await vaultOf(flags, this.masker, { confirm: true });
    const password = sealingPassword(vault, flags['encrypt-vault-id']);
    const text = encryptString(await valueToEncrypt(this.masker), flags.name, password);
    this.print(text);
    return { name: flags.name, text };
  }
}
