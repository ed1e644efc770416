// hxllm vault encrypt-string: one value as `!vault`, to paste into a file of variables.
import { readFileSync } from 'node:fs';
import { HxError } from '../../errors.js';
import type { VaultPassword } from '../../inventory/vault/passwords.js';
import { type Masker, Secret } from '../../secret.js';
import { askSecret } from '../../ui/prompt.js';
import { sealWith } from './files.js';

/** The value comes from stdin or from a question: an argument would stand in the process list. */
export async function valueToEncrypt(masker: Masker): Promise<Secret> {
  if (process.stdin.isTTY) return askSecret('Value', { flag: 'the value on stdin', masker });
  const text = readFileSync(0, 'utf8').replace(/\r?\n$/, '');
  if (text === '') throw new HxError({ code: 'usage', message: 'the value on stdin is empty' });
  const secret = new Secret(text);
  masker.add(secret);
  return secret;
}

export function encryptString(value: Secret, name: string | undefined, password: VaultPassword): string {
  const lines = sealWith(password, value.reveal()).trimEnd().split('\n');
  return [`${name ? `${name}: ` : ''}!vault |`, ...lines.map((line) => `          ${line}`)].join('\n');
}
