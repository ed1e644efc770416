// The private key files of the user: which can be used, and which need the agent.
import { createPrivateKey } from 'node:crypto';
import type { Texts } from './texts.js';

export interface KeyFile {
  path: string;
  /** The private key's text when it can be used as it is. */
  text?: string;
  /** The public key's wire form in base64, when it can be told: to find the key in the agent. */
  publicKey?: string;
  /** Why the file itself cannot be used. */
  problem?: 'encrypted' | 'public' | 'missing' | 'unreadable';
}

export async function readKeyFile(path: string, texts: Texts): Promise<KeyFile> {
  let text: string;
  try {
    text = await texts.read(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const publicKey = await publicPart(path, texts);
    return { path, ...publicKey, problem: code === 'ENOENT' ? 'missing' : 'unreadable' };
  }
  const bare = wordsOfPublicKey(text);
  if (bare !== undefined) return { path, publicKey: bare, problem: 'public' };
  const { encrypted, publicKey } = inspect(text);
  const found = publicKey === undefined ? await publicPart(path, texts) : { publicKey };
  return encrypted ? { path, ...found, problem: 'encrypted' } : { path, ...found, text: traditional(text) };
}

async function publicPart(path: string, texts: Texts): Promise<{ publicKey?: string }> {
  const text = await texts.read(`${path}.pub`).catch(() => '');
  const publicKey = wordsOfPublicKey(text);
  return publicKey === undefined ? {} : { publicKey };
}

function wordsOfPublicKey(text: string): string | undefined {
  return /^(?:ssh|ecdsa|sk)-[\w@.-]+ ([A-Za-z0-9+/=]+)/.exec(text)?.[1];
}

/** OpenSSH reads RSA and ECDSA keys in PKCS#8, too, ssh2 only in what there was before it. */
function traditional(text: string): string {
  if (!text.includes('-----BEGIN PRIVATE KEY-----')) return text;
  try {
    const key = createPrivateKey(text);
    const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1';
    return key.export({ type, format: 'pem' }).toString();
  } catch {
    return text;
  }
}

/** OpenSSH's own format keeps the cipher's name and the public key in the clear (openssh/PROTOCOL.key). */
function inspect(text: string): { encrypted: boolean; publicKey?: string } {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1];
  if (body === undefined) return { encrypted: /ENCRYPTED/.test(text) };
  const data = Buffer.from(body, 'base64');
  let at = 'openssh-key-v1\0'.length;
  const next = (): Buffer => {
    const end = at + 4 + data.readUInt32BE(at);
    const value = data.subarray(at + 4, end);
    at = end;
    return value;
  };
  try {
    const cipher = next().toString();
    next(); // key derivation
    next(); // its options
    at += 4; // number of keys
    return { encrypted: cipher !== 'none', publicKey: next().toString('base64') };
  } catch {
    return { encrypted: false };
  }
}
