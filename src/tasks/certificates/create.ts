// The story of `certificates create`: an authority of one's own and what is missing of its certificates, keys in the vault.

import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT, type Exit, HxError } from '../../errors.js';
import { showOrigin } from '../../inventory/types.js';
import { storeFile } from '../../inventory/vault/store.js';
import { type Authority, issue, makeAuthority, newKey } from '../../openssl.js';
import type { Run } from '../../run.js';
import type { Secret } from '../../secret.js';
import type { Fleet } from '../fleet.js';
import { masterFile, ownFile } from '../keys/place.js';
import { authorityOf } from './authority.js';
import { AUTHORITY, AUTHORITY_KEY, asWritten, authorityFile, type Wanted, wantedOf } from './wanted.js';

const FILE = 'hxllm_certificates';
/** Ten years: hosts trust it by a file, which a deploy brings. */
const AUTHORITY_DAYS = 3650;

const HEADER = `# Certificates of an authority of your own. Written by hxllm certificates create; deploy reads it.
# The keys lie beside the master key, where the names below point to.
`;

export interface CreateOptions {
  /** That a certificate holds. */
  days: number;
  print(text: string): void;
  confirm(question: string): Promise<boolean>;
}

export async function createCertificates(
  fleet: Fleet,
  { masker }: Pick<Run, 'masker'>,
  { days, print, confirm }: CreateOptions,
): Promise<{ json: object; exit: Exit }> {
  const wanted = wantedOf(fleet);
  const file = placeOf(fleet, wanted);
  const missing = wanted.filter(({ own }) => !own);
  const json = { file, certificates: wanted.map((w) => ({ file: w.file, names: w.names })) };
  if (missing.length === 0) {
    print('every certificate is there; hxllm certificates renew issues them again');
    return { json: { ...json, created: [] }, exit: EXIT.done };
  }
  refusePlain(fleet, missing);
  const asked = missing
    .map(({ variables, names }) => `${variables.what} (${names.join(', ')})`)
    .join(' and ');
  if (!(await confirm(`Make certificates for ${asked}?`)))
    return { json: { ...json, created: [] }, exit: EXIT.pending };
  const keys = masterFile(fleet);
  keys.state();
  const secret = (key: Secret) => {
    masker.add(key);
    return key;
  };
  mkdirSync(dirname(authorityFile(fleet)), { recursive: true });
  let authority: Authority | undefined = existsSync(file) ? authorityOf(fleet) : undefined;
  if (!authority) {
    const key = secret(newKey());
    authority = { key, certificate: makeAuthority(key, 'hxllm private authority', AUTHORITY_DAYS) };
    keys.add(AUTHORITY_KEY, key);
    storeFile(authorityFile(fleet), authority.certificate, 0o644);
  }
  for (const one of missing) {
    const key = secret(newKey());
    keys.add(one.keyVariable, key);
    storeFile(one.file, `${issue(authority, key, one.names, days)}${authority.certificate}`, 0o644);
  }
  // last: from here on the inventory says that there are certificates, and nothing of them is missing
  mkdirSync(dirname(file), { recursive: true });
  storeFile(file, variablesText(fleet, wanted), 0o644);
  const where = showOrigin({ file });
  print(
    `${asked}: certificates of an authority of your own, named in ${where}. Give ${showOrigin({ file: authorityFile(fleet) })} to clients on other machines. Next: hxllm deploy`,
  );
  return { json: { ...json, created: missing.map((w) => w.file) }, exit: EXIT.done };
}

function variablesText(fleet: Fleet, wanted: readonly Wanted[]): string {
  const at = (file: string) => JSON.stringify(asWritten(fleet, file));
  const lines = wanted.flatMap((w) => [
    `${w.variables.certificate}: ${at(w.file)}`,
    `${w.variables.key}: "{{ ${w.keyVariable} }}"`,
  ]);
  return `${HEADER}${AUTHORITY}: ${at(authorityFile(fleet))}\n${lines.join('\n')}\n`;
}

/** hxllm's own file. Throws HxError `inventory` when a certificate is named elsewhere. */
function placeOf(fleet: Fleet, wanted: readonly Wanted[]): string {
  const names = [AUTHORITY, ...wanted.flatMap(({ variables: v }) => [v.certificate, v.key])];
  const taken = (where: string) =>
    new HxError({
      code: 'inventory',
      message: 'certificates are yours to name here; nothing was written',
      where,
      hint: `take ${names.join(', ')} out of it, if hxllm is to make them; hxllm certificates list shows what is there`,
    });
  return ownFile(fleet, FILE, names, taken);
}

/** What clients are told must lead to a certificate. */
function refusePlain({ stack }: Fleet, missing: readonly Wanted[]): void {
  const members = [...stack.gateways, ...stack.webuis];
  for (const { variables } of missing)
    for (const { vars, host } of members) {
      const url = vars[variables.url];
      if (typeof url === 'string' && !url.startsWith('https:'))
        throw new HxError({
          code: 'inventory',
          message: `${variables.url} is ${url}: with a certificate it begins with https://`,
          where: showOrigin(host.origin(variables.url)),
          hint: 'write https:// there, or take it out, then run it again',
        });
    }
}
