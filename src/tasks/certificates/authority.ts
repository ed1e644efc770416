// The authority that `certificates create` made: its certificate beside the inventory, its key beside the master key.
import { existsSync, readFileSync } from 'node:fs';
import { HxError } from '../../errors.js';
import { KeyFile, type KeyState } from '../../inventory/key-file.js';
import { showOrigin } from '../../inventory/types.js';
import type { Authority } from '../../openssl.js';
import type { Fleet } from '../fleet.js';
import { masterFile } from '../keys/place.js';
import { AUTHORITY_KEY, authorityFile } from './wanted.js';

/** Throws HxError `inventory` when there is none. */
export function authorityOf(fleet: Fleet): Authority {
  const file = authorityFile(fleet);
  if (!existsSync(file))
    throw new HxError({
      code: 'inventory',
      message: 'there is no authority of your own',
      where: showOrigin({ file }),
      hint: 'hxllm certificates create makes one; a certificate that you were given is renewed by who gave it',
    });
  return { certificate: readFileSync(file, 'utf8'), key: keyOf(fleet, AUTHORITY_KEY).key };
}

/** A key that lies beside the master key. */
export function keyOf(fleet: Fleet, variable: string): KeyState {
  return new KeyFile(masterFile(fleet).file, variable, fleet.inventory.vault).state();
}
