// The gateway's certificate and key, read from the control node; what is wrong with them is known before anything is touched.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { messageOf } from '../errors.js';
import type { Secret } from '../secret.js';

export interface Certificate {
  /** PEM: the certificate itself, then those that it leads to. */
  chain: string;
  key: Secret;
  /** Of the certificate itself. */
  fingerprint: string;
  expires: Date;
  /** What clients ask for: the host of litellm_base_url. */
  name: string;
}

type Problem = (variable: string, message: string, hint?: string) => undefined;

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** undefined without a certificate, or with a bad one: then the problem was told. */
export function readCertificate(
  vars: Record<string, unknown>,
  baseUrl: string,
  problem: Problem,
): Certificate | undefined {
  const [path, key] = [vars.litellm_tls_certificate as string, vars.litellm_tls_key as Secret];
  if (!path && !key) return undefined;
  if (!path) return problem('litellm_tls_certificate', 'is required with litellm_tls_key');
  if (!key) return problem('litellm_tls_key', 'is required with litellm_tls_certificate');
  const { protocol, hostname } = new URL(baseUrl);
  if (protocol !== 'https:')
    return problem(
      'litellm_base_url',
      `is ${baseUrl}, but with litellm_tls_certificate the gateway speaks TLS only`,
      'write https://, or leave litellm_base_url out',
    );
  const leaf = certificateIn(path, problem);
  const own = leaf && keyOf(key, problem);
  if (!leaf || !own) return undefined;
  if (!leaf.certificate.checkPrivateKey(own))
    return problem(
      'litellm_tls_key',
      `does not belong to ${path}`,
      `the key is the one that the certificate was requested with; ${path} has the certificate of the gateway first`,
    );
  const name = hostname.replace(/^\[|\]$/g, '');
  const { certificate, chain } = leaf;
  if (!(isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)))
    return problem(
      'litellm_tls_certificate',
      `${path} is for ${certificate.subjectAltName ?? 'no name at all'}, not for ${name} of litellm_base_url`,
      'ask for a certificate with that name as subjectAltName, or write the name that it has into litellm_base_url',
    );
  return {
    chain,
    key,
    name,
    fingerprint: certificate.fingerprint256,
    expires: new Date(certificate.validTo),
  };
}

function certificateIn(path: string, problem: Problem) {
  try {
    const blocks = readFileSync(path, 'utf8').match(PEM) ?? [];
    if (!blocks[0]) return problem('litellm_tls_certificate', `${path} holds no certificate in PEM`);
    return { certificate: new X509Certificate(blocks[0]), chain: `${blocks.join('\n')}\n` };
  } catch (error) {
    return problem('litellm_tls_certificate', `${path} cannot be read: ${messageOf(error)}`);
  }
}

function keyOf(key: Secret, problem: Problem): KeyObject | undefined {
  try {
    return createPrivateKey(key.reveal());
  } catch {
    return problem(
      'litellm_tls_key',
      'is no private key in PEM without a passphrase',
      'put the text of the key file into the vault: litellm_tls_key: "{{ vault_litellm_tls_key }}"',
    );
  }
}
