// The story of `certificates renew`: what ends soon, or lacks a name, is issued again for the same key: one file changes, in one step.
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { EXIT, type Exit, HxError } from '../../errors.js';
import { type Inventory, showOrigin } from '../../inventory/types.js';
import { storeFile } from '../../inventory/vault/store.js';
import { issue } from '../../openssl.js';
import { authorityOf, keyOf } from './authority.js';
import { fleetToMend, missingNames, type Wanted, wantedOf } from './wanted.js';

const DAY_MS = 86_400_000;

export interface RenewOptions {
  /** That a certificate holds. */
  days: number;
  /** Days left from which it is issued again. */
  within: number;
  all: boolean;
  print(text: string): void;
}

export async function renewCertificates(
  inventory: Inventory,
  { days, within, all, print }: RenewOptions,
): Promise<{ json: object; exit: Exit }> {
  const fleet = fleetToMend(inventory);
  const authority = authorityOf(fleet);
  const renewed: object[] = [];
  for (const one of wantedOf(fleet)) {
    const { file, names, variables, keyVariable, named } = one;
    if (!named || resolve(named) !== file) {
      print(`${variables.what} has ${named ? `its own: ${named}` : 'none: hxllm certificates create'}`);
      continue;
    }
    const why = reason(one, within) ?? (all ? 'asked for' : undefined);
    if (!why) continue;
    const { key } = keyOf(fleet, keyVariable);
    storeFile(file, `${issue(authority, key, names, days)}${authority.certificate}`, 0o644);
    print(`${showOrigin({ file })}: issued again for ${variables.what}: ${why}`);
    renewed.push({ file, names, why });
  }
  print(renewed.length > 0 ? 'Next: hxllm deploy' : `nothing ends within ${within} days`);
  return { json: { renewed }, exit: EXIT.done };
}

/** undefined = it is good for a while. */
function reason({ file, names, variables }: Wanted, within: number): string | undefined {
  if (!existsSync(file))
    throw new HxError({
      code: 'inventory',
      message: `${variables.what} has no certificate of hxllm's authority`,
      where: showOrigin({ file }),
      hint: 'hxllm certificates create makes what is missing',
    });
  const certificate = new X509Certificate(readFileSync(file));
  const left = Math.floor((Date.parse(certificate.validTo) - Date.now()) / DAY_MS);
  if (left < within) return left < 0 ? 'it has expired' : `${left} days were left`;
  const missing = missingNames(certificate, names);
  return missing.length > 0 ? `it was not for ${missing.join(', ')}` : undefined;
}
