// Encrypts a file as `ansible-vault encrypt` does (format 1.1).
import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

export function encryptVault(text: string, password: string): string {
  const salt = randomBytes(32);
  const keys = pbkdf2Sync(password, salt, 10_000, 80, 'sha256');
  const cipher = createCipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64));
  const pad = 16 - (Buffer.byteLength(text) % 16);
  const sealed = Buffer.concat([cipher.update(text), cipher.update(Buffer.alloc(pad, pad)), cipher.final()]);
  const hmac = createHmac('sha256', keys.subarray(32, 64)).update(sealed).digest('hex');
  const body = Buffer.from([salt.toString('hex'), hmac, sealed.toString('hex')].join('\n')).toString('hex');
  return `$ANSIBLE_VAULT;1.1;AES256\n${body.match(/.{1,80}/g)!.join('\n')}\n`;
}
