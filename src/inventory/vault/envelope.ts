// Ansible's vault format, 1.1 and 1.2: AES-256-CTR under a key from PBKDF2, its HMAC checked first.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  pbkdf2Sync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

// few by today's measure, but they are the format: a long random password is what protects
const ROUNDS = 10_000;
const HEADER = /^\$ANSIBLE_VAULT;(1\.[12]);AES256(?:;([^\s;]+))?[ \t]*\r?\n/;

export interface Envelope {
  /** The vault id behind format 1.2. */
  label: string | undefined;
  salt: Buffer;
  mac: Buffer;
  ciphertext: Buffer;
}

export function isVault(text: string): boolean {
  return text.startsWith('$ANSIBLE_VAULT;');
}

/** The label in the first line, without reading the rest. */
export function labelOf(text: string): string | undefined {
  return HEADER.exec(text)?.[2];
}

/** Throws an Error when the text is not in this format. */
export function readEnvelope(text: string): Envelope {
  const header = HEADER.exec(`${text.trim()}\n`);
  if (!header) throw new Error('not a vault of format 1.1 or 1.2 with AES256');
  const body = text.trim().slice(header[0].length).replace(/\s+/g, '');
  const parts = unhex(body).toString('latin1').split('\n');
  if (parts.length !== 3) throw new Error('the vault is damaged');
  const [salt, mac, ciphertext] = parts.map(unhex);
  return { label: header[2], salt: salt!, mac: mac!, ciphertext: ciphertext! };
}

function unhex(text: string): Buffer {
  if (text === '' || text.length % 2 === 1 || /[^0-9a-fA-F]/.test(text))
    throw new Error('the vault is damaged');
  return Buffer.from(text, 'hex');
}

/** undefined when the password is not the right one. */
export function open(envelope: Envelope, password: string): string | undefined {
  const { cipherKey, macKey, iv } = keys(password, envelope.salt);
  const mac = createHmac('sha256', macKey).update(envelope.ciphertext).digest();
  if (mac.length !== envelope.mac.length || !timingSafeEqual(mac, envelope.mac)) return undefined;
  const decipher = createDecipheriv('aes-256-ctr', cipherKey, iv);
  const padded = Buffer.concat([decipher.update(envelope.ciphertext), decipher.final()]);
  return padded.subarray(0, padded.length - padded.at(-1)!).toString('utf8');
}

/** The text of a new vault file, its last newline included. */
export function seal(plaintext: string, password: string, label?: string): string {
  const salt = randomBytes(32);
  const { cipherKey, macKey, iv } = keys(password, salt);
  const plain = Buffer.from(plaintext, 'utf8');
  const fill = 16 - (plain.length % 16);
  const cipher = createCipheriv('aes-256-ctr', cipherKey, iv);
  const ciphertext = Buffer.concat([
    cipher.update(plain),
    cipher.update(Buffer.alloc(fill, fill)),
    cipher.final(),
  ]);
  const mac = createHmac('sha256', macKey).update(ciphertext).digest();
  const body = Buffer.from([salt, mac, ciphertext].map((part) => part.toString('hex')).join('\n')).toString(
    'hex',
  );
  const labelled = label !== undefined && label !== 'default';
  const header = labelled ? `$ANSIBLE_VAULT;1.2;AES256;${label}` : '$ANSIBLE_VAULT;1.1;AES256';
  return `${[header, ...body.match(/.{1,80}/g)!].join('\n')}\n`;
}

function keys(password: string, salt: Buffer) {
  const derived = pbkdf2Sync(password, salt, ROUNDS, 80, 'sha256');
  return { cipherKey: derived.subarray(0, 32), macKey: derived.subarray(32, 64), iv: derived.subarray(64) };
}
