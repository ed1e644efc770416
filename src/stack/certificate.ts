// A certificate and its key, of the gateway or the web UI, read from the control node; what is wrong with them is known before anything is touched.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { messageOf } from '../errors.js';
import type { Secret } from '../secret.js';
import type { Tell } from './variable.js';

export interface Certificate {
  /** PEM: the certificate itself, then those that it leads to. */
  chain: string;
  key: Secret;
  /** Of the certificate itself. */
  fingerprint: string;
  expires: Date;
  /** What clients ask for: the host of litellm_base_url or webui_url. */
  name: string;
  /** The variable that names its file. */
  variable: string;
}

/** The variables that say it, and what speaks TLS then. */
export interface CertificateVariables {
  certificate: string;
  key: string;
  url: string;
  what: string;
}

export const GATEWAY_TLS: CertificateVariables = {
  certificate: 'litellm_tls_certificate',
  key: 'litellm_tls_key',
  url: 'litellm_base_url',
  what: 'the gateway',
};
export const WEBUI_TLS: CertificateVariables = {
  certificate: 'webui_tls_certificate',
  key: 'webui_tls_key',
  url: 'webui_url',
  what: 'the web UI',
};

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** undefined without a certificate, or with a bad one: then the problem was told. */
export function readCertificate(
  vars: Record<string, unknown>,
  names: CertificateVariables,
  url: string,
  problem: Tell,
): Certificate | undefined {
  const [path, key] = [vars[names.certificate] as string, vars[names.key] as Secret];
  if (!path && !key) return undefined;
  if (!path) return problem(names.certificate, `is required with ${names.key}`);
  if (!key) return problem(names.key, `is required with ${names.certificate}`);
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:')
    return problem(
      names.url,
      `is ${url}, but with ${names.certificate} ${names.what} speaks TLS only`,
      `write https://, or leave ${names.url} out`,
    );
  const leaf = certificateIn(path, names, problem);
  const own = leaf && keyOf(key, names, problem);
  if (!leaf || !own) return undefined;
  if (!leaf.certificate.checkPrivateKey(own))
    return problem(
      names.key,
      `does not belong to ${path}`,
      `the key is the one that the certificate was requested with; ${path} has the certificate of ${names.what} first`,
    );
  const name = hostname.replace(/^\[|\]$/g, '');
  const { certificate, chain } = leaf;
  if (!(isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)))
    return problem(
      names.certificate,
      `${path} is for ${certificate.subjectAltName ?? 'no name at all'}, not for ${name} of ${names.url}`,
      `ask for a certificate with that name as subjectAltName, or write the name that it has into ${names.url}`,
    );
  return {
    chain,
    key,
    name,
    variable: names.certificate,
    fingerprint: certificate.fingerprint256,
    expires: new Date(certificate.validTo),
  };
}

/** The certificate of an authority that hosts are to trust: PEM, alone; undefined = the problem was told. */
export function readAuthority(
  { hxllm_ca_certificate: path }: Record<string, unknown>,
  problem: Tell,
): string | undefined {
  if (typeof path !== 'string') return undefined;
  const read = certificateIn(path, { certificate: 'hxllm_ca_certificate' }, problem);
  if (!read || read.certificate.ca) return read?.chain;
  return problem(
    'hxllm_ca_certificate',
    `${path} is no certificate of an authority`,
    'give the one that signed the certificates: its basicConstraints say CA:TRUE',
  );
}

function certificateIn(
  path: string,
  { certificate }: Pick<CertificateVariables, 'certificate'>,
  problem: Tell,
) {
  try {
    const blocks = readFileSync(path, 'utf8').match(PEM) ?? [];
    if (!blocks[0]) return problem(certificate, `${path} holds no certificate in PEM`);
    return { certificate: new X509Certificate(blocks[0]), chain: `${blocks.join('\n')}\n` };
  } catch (error) {
    return problem(certificate, `${path} cannot be read: ${messageOf(error)}`);
  }
}

function keyOf(key: Secret, names: CertificateVariables, problem: Tell): KeyObject | undefined {
  try {
    return createPrivateKey(key.reveal());
  } catch {
    return problem(
      names.key,
      'is no private key in PEM without a passphrase',
      `put the text of the key file into the vault: ${names.key}: "{{ vault_${names.key} }}"`,
    );
  }
}
