// hxllm vault encrypt, decrypt, view and rekey: whole files, as ansible-vault reads and writes them.
import { readFileSync } from 'node:fs';
import { HxError, messageOf } from '../../errors.js';
import { isVault, labelOf, seal } from '../../inventory/vault/envelope.js';
import type { VaultPassword } from '../../inventory/vault/passwords.js';
import { storeFile } from '../../inventory/vault/store.js';
import type { Vault } from '../../inventory/vault/vault.js';

export function encryptFiles(files: readonly string[], password: VaultPassword): void {
  // all are read before one is written
  const texts = files.map((file) => [file, plainText(file)] as const);
  for (const [file, text] of texts) storeFile(file, sealWith(password, text));
}

export function decryptFiles(files: readonly string[], vault: Vault): void {
  const texts = files.map((file) => [file, viewFile(file, vault)] as const);
  for (const [file, text] of texts) storeFile(file, text);
}

export function viewFile(file: string, vault: Vault): string {
  return vault.open(vaultText(file), file);
}

export function rekeyFiles(files: readonly string[], vault: Vault, password: VaultPassword): void {
  const texts = files.map((file) => [file, viewFile(file, vault)] as const);
  for (const [file, text] of texts) storeFile(file, sealWith(password, text));
}

/**
 * Encrypted again with the password that opens `old`, under the label that it has. A file that is no longer `old` is
 * left as it is: the text goes beside it, and HxError `vault` says so.
 */
export function reseal(file: string, old: string, text: string, vault: Vault): void {
  const isSame = vaultText(file) === old;
  const place = isSame ? file : `${file}.edited`;
  storeFile(place, seal(text, vault.passwordOf(old, file).read().reveal(), labelOf(old)));
  if (isSame) return;
  throw new HxError({
    code: 'vault',
    message: `was changed by somebody else meanwhile and is left so; your text is in ${place}, encrypted`,
    where: file,
    hint: [`hxllm vault view ${place}`, `hxllm vault edit ${file}`, `rm ${place}`],
  });
}

export function sealWith(password: VaultPassword, text: string): string {
  return seal(text, password.read().reveal(), password.label);
}

export function vaultText(file: string): string {
  const text = readText(file);
  if (isVault(text)) return text;
  throw new HxError({
    code: 'vault',
    message: 'is not encrypted',
    where: file,
    hint: `hxllm vault encrypt ${file}`,
  });
}

function plainText(file: string): string {
  const text = readText(file);
  if (!isVault(text)) return text;
  throw new HxError({
    code: 'vault',
    message: 'is encrypted already',
    where: file,
    hint: `hxllm vault rekey ${file}`,
  });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new HxError({
      code: 'vault',
      message: `cannot read: ${messageOf(error)}`,
      where: file,
      cause: error,
    });
  }
}
