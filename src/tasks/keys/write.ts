// Writes a client into the inventory: its key beside the master key, then its entry into hxllm's own list.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { addClient, type ClientEntry } from '../../inventory/client-file.js';
import { showOrigin } from '../../inventory/types.js';
import { storeFile } from '../../inventory/vault/store.js';
import type { Secret } from '../../secret.js';
import type { Fleet } from '../fleet.js';
import { linesOf, masterFile, placeOf } from './place.js';

/** Returns both files, for messages. Throws HxError when one of them is a person's to change. */
export function writeClient(
  fleet: Fleet,
  entry: ClientEntry,
  key: Secret,
): { file: string; clients: string } {
  const variable = /^\{\{ (\w+) \}\}$/.exec(entry.key)?.[1] as string;
  const what = `add there, with a new key in ${entry.key} of your vault:`;
  const { file: clients, text } = placeOf(fleet, what, linesOf(entry));
  const after = addClient(text, clients, entry);
  const master = masterFile(fleet);
  master.state();
  master.add(variable, key);
  mkdirSync(dirname(clients), { recursive: true });
  storeFile(clients, after, 0o644);
  return { file: showOrigin({ file: master.file })!, clients: showOrigin({ file: clients })! };
}
