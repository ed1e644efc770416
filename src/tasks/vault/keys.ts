// The passwords of one vault command: those of flags, environment and ansible.cfg, else the person is asked.
import { HxError } from '../../errors.js';
import { readAnsibleConfig } from '../../inventory/ansible-config.js';
import { findPasswords, type VaultPassword } from '../../inventory/vault/passwords.js';
import { Vault } from '../../inventory/vault/vault.js';
import type { Masker, Secret } from '../../secret.js';
import { askSecret } from '../../ui/prompt.js';

export interface KeyFlags {
  'vault-password-file'?: string[] | undefined;
  'vault-id'?: string[] | undefined;
  'ask-vault-pass'?: boolean | undefined;
}

/** `confirm`: a typed password is for encrypting, so it is asked for twice. */
export async function vaultOf(flags: KeyFlags, masker: Masker, { confirm = false } = {}): Promise<Vault> {
  const config = readAnsibleConfig(process.env, process.cwd());
  const given = {
    vaultPasswordFiles: flags['vault-password-file'],
    vaultIds: flags['vault-id'],
    askVaultPassword: flags['ask-vault-pass'],
    prompt: question(masker, confirm, '--vault-password-file FILE'),
  };
  const find = (ask: boolean | undefined): Promise<VaultPassword[]> =>
    findPasswords({ ...given, askVaultPassword: ask }, config, process.env, process.cwd());
  const found = await find(given.askVaultPassword);
  return new Vault(found.length > 0 ? found : await find(true), masker, config.vaultIdMatch);
}

/** The password that a file gets by rekey. */
export async function newPassword(
  { file, id }: { file: string | undefined; id: string | undefined },
  masker: Masker,
): Promise<VaultPassword> {
  const nothing = {
    file: undefined,
    inventory: [],
    vaultPasswordFile: undefined,
    vaultIdentities: [],
    vaultIdMatch: false,
    connection: {},
  };
  const options = {
    vaultPasswordFiles: file ? [file] : [],
    vaultIds: id ? [id] : [],
    askVaultPassword: !file && !id,
    prompt: question(masker, true, '--new-vault-password-file FILE', 'New vault password'),
  };
  const [password] = await findPasswords(options, nothing, process.env, process.cwd());
  return password!;
}

/** The one password to encrypt with. With several, `label` must pick. */
export function sealingPassword(vault: Vault, label: string | undefined): VaultPassword {
  const fitting =
    label === undefined ? vault.passwords : vault.passwords.filter((password) => password.label === label);
  const [only, ...others] = fitting;
  if (only && others.length === 0) return only;
  const labels = vault.passwords.map((password) => password.label).join(', ');
  throw new HxError({
    code: 'usage',
    message: only
      ? `several vault passwords: ${labels}`
      : `no vault password is labelled ${label}: ${labels}`,
    hint: '--encrypt-vault-id LABEL',
  });
}

function question(masker: Masker, twice: boolean, flag: string, title?: string) {
  return async (label: string): Promise<Secret> => {
    const secret = await askSecret(title ?? label, { flag, masker });
    if (secret.reveal() === '') throw new HxError({ code: 'vault', message: 'the vault password is empty' });
    if (twice && (await askSecret('The same again', { flag, masker })).reveal() !== secret.reveal())
      throw new HxError({ code: 'vault', message: 'the two passwords differ; nothing was written' });
    return secret;
  };
}
