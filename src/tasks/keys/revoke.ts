// The story of `keys revoke`: the client out of the inventory, then out of the gateways, proven refused, then its key out of the vault.
import { dirname, join } from 'node:path';
import { EXIT, type Exit, HxError } from '../../errors.js';
import { withLock } from '../../file-lock.js';
import { clientsIn, removeClient } from '../../inventory/client-file.js';
import { KeyFile } from '../../inventory/key-file.js';
import { storeFile } from '../../inventory/vault/store.js';
import type { Run } from '../../run.js';
import type { Secret } from '../../secret.js';
import { ADMIN } from '../../stack/clients.js';
import { type KeySource, keySource } from '../../stack/key-source.js';
import { story } from '../../ui/listr.js';
import { closeAll, type Fleet, gatewaysOf, readAgain } from '../fleet.js';
import { follow, reach, throwFailed } from './live.js';
import { type Place, placeOf, variableOf } from './place.js';

export interface RevokeOptions {
  name: string;
  print(text: string): void;
  confirm(question: string): Promise<boolean>;
}

/** The key in the vault goes last: while it is there, running it again finishes what was begun. */
export async function revokeKey(
  first: Fleet,
  run: Run,
  { name, print, confirm }: RevokeOptions,
): Promise<{ json: object; exit: Exit }> {
  const source = sourceOf(first, name);
  const place = placeOf(first, `remove there the client ${name}:`, `  - name: ${JSON.stringify(name)}`);
  const json = { client: name, variable: source.variable, file: source.file, clients: place.file };
  const question = `Revoke the key of ${name}? Who uses it is refused at once.`;
  if (!(await confirm(question))) return { json: { ...json, state: 'declined' }, exit: EXIT.pending };
  const lock = join(dirname(place.file), '.litellm_clients.lock');
  return withLock(lock, run.lockWaitMs, async () => {
    const fleet = readAgain(first, run, ['gateway']);
    try {
      await reach(fleet, run);
      const vault = new KeyFile(source.file, source.variable, fleet.inventory.vault);
      await story(
        [
          { title: 'Take the client out of the inventory', run: () => takeOut(placeOf(fleet, '', ''), name) },
          {
            title: 'Take its key from the gateways and prove that it is refused',
            run: async (_, { say }) => {
              const { key, previous } = vault.state();
              const refused: Secret[] = [key, ...(previous ? [previous] : [])];
              const proven = { accepted: [], refused, metrics: false };
              const outcomes = await follow(fleet, run, `keys revoke ${name}`, proven, say);
              const then = `the key is alive where it could not be taken away; finish it with: hxllm keys revoke ${name}`;
              throwFailed(outcomes, then);
            },
          },
          { title: 'Remove its key from the vault', run: () => vault.remove() },
        ],
        {},
        run,
      );
    } finally {
      closeAll(fleet);
    }
    print(`the key of ${name} is refused everywhere and gone from the inventory`);
    return { json: { ...json, state: 'done' }, exit: EXIT.done };
  });
}

function takeOut({ file, text }: Place, name: string): void {
  if (clientsIn(text, file).some((c) => c.name === name)) storeFile(file, removeClient(text, file, name));
}

/** Where its key lies; also when an interrupted run took it out of the list already. */
function sourceOf(fleet: Fleet, name: string): KeySource {
  if (name === ADMIN)
    throw new HxError({
      code: 'usage',
      message: `${ADMIN} is the master key`,
      hint: 'give it a new one: hxllm rotate-key',
    });
  const gateways = gatewaysOf(fleet).map(([gateway]) => gateway);
  const found = gateways.flatMap((g) => g.clients.filter((c) => c.name === name))[0];
  const source = found ? found.source : gateways[0] && keySource(gateways[0].host, variableOf(name));
  if (source) return source;
  const names = [...new Set(gateways.flatMap((g) => g.clients.map((c) => c.name)))];
  throw new HxError({
    code: 'usage',
    message: found
      ? `hxllm cannot tell which variable holds the key of ${name}`
      : `no client is named ${name}`,
    hint: found
      ? 'remove its entry from litellm_clients and its key by hand, then: hxllm deploy'
      : `clients: ${names.join(', ') || 'none'}`,
  });
}
