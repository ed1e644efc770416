// The story of `keys create`: the key into the vault, the client into the inventory, then the gateways, live, and the proof.
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { EXIT, type Exit, HxError } from '../../errors.js';
import { withLock } from '../../file-lock.js';
import type { ClientEntry } from '../../inventory/client-file.js';
import { showOrigin } from '../../inventory/types.js';
import type { Run } from '../../run.js';
import { Secret } from '../../secret.js';
import { readClients } from '../../stack/clients.js';
import { needKeySource } from '../../stack/key-source.js';
import type { Client } from '../../stack/stack.js';
import { story } from '../../ui/listr.js';
import { closeAll, type Fleet, gatewaysOf, readAgain } from '../fleet.js';
import { follow, reach, throwFailed } from './live.js';
import { linesOf, masterFile, placeOf, referTo, variableOf } from './place.js';
import { writeClient } from './write.js';

export type Rights = Partial<Record<'models' | 'rpm' | 'tpm' | 'parallel' | 'expires' | 'metrics', unknown>>;

export interface CreateOptions {
  name: string;
  rights: Rights;
  print(text: string): void;
  /** On stderr, at once. */
  warn(text: string): void;
  confirm(question: string): Promise<boolean>;
}

type Pair = ReturnType<typeof gatewaysOf>[number];

export async function createKey(
  first: Fleet,
  run: Run,
  { name, rights, print, warn, confirm }: CreateOptions,
): Promise<{ json: object; key?: Secret; exit: Exit }> {
  const entry = { name, key: referTo(variableOf(name)), ...rights };
  judge(first, entry);
  const clients = placeOf(first, `add there, with a new key in ${entry.key} of your vault:`, linesOf(entry));
  const isThere = clientOf(first, entry) !== undefined;
  const master = masterFile(first);
  const where = showOrigin({ file: master.file })!;
  const json = { client: name, variable: variableOf(name), file: master.file, clients: clients.file };
  const { form } = needKeySource((gatewaysOf(first)[0] as Pair)[0].host, 'litellm_master_key');
  if (form === 'plain')
    warn(`warning: ${where} is not encrypted: everybody who reads it has the key; hxllm vault encrypt`);
  const question = isThere
    ? `${name} is in the inventory: make it known on the gateways?`
    : `Create a key for ${name}?`;
  if (!(await confirm(question))) return { json: { ...json, state: 'declined' }, exit: EXIT.pending };
  mkdirSync(dirname(clients.file), { recursive: true });
  const lock = join(dirname(clients.file), '.litellm_clients.lock');
  return withLock(lock, run.lockWaitMs, async () => {
    const fleet = readAgain(first, run, ['gateway']);
    try {
      await reach(fleet, run);
      const write = () => {
        if (clientOf(fleet, entry)) return;
        writeClient(fleet, entry, new Secret(`sk-${randomBytes(24).toString('hex')}`));
      };
      let key: Secret | undefined;
      await story(
        [
          { title: `Write the key into ${where} and the client into the inventory`, run: write },
          {
            title: 'Make it known on the gateways and prove it',
            run: async (_, { say }) => {
              key = clientOf(readAgain(fleet, run, ['gateway']), entry)?.key;
              if (!key) throw new Error('the client is not in the inventory that was just written');
              const proven = { accepted: [key], refused: [], metrics: rights.metrics === true };
              const outcomes = await follow(fleet, run, `keys create ${name}`, proven, say);
              throwFailed(outcomes, `finish it with the same command: hxllm keys create ${name}`);
            },
          },
        ],
        {},
        run,
      );
      const look = form === 'vault' ? `hxllm vault view ${where}` : `${variableOf(name)} in ${where}`;
      print(
        `${name} may use the gateway. Its key, which --show prints, lies in ${variableOf(name)}: ${look}`,
      );
      return { json: { ...json, state: 'done' }, ...(key ? { key } : {}), exit: EXIT.done };
    } finally {
      closeAll(fleet);
    }
  });
}

/** The client as the inventory has it. Throws when it has other rights there. */
function clientOf(fleet: Fleet, entry: ClientEntry): Client | undefined {
  const [first] = gatewaysOf(fleet);
  const found = first?.[0].clients.find((c) => c.name === entry.name);
  if (!found || !first) return undefined;
  const { key: _, ...wants } = entry;
  const asked = [{ ...wants, key: found.key } as never];
  const [wanted] = readClients(first[0].host, asked, first[0].models, first[0].masterKey, () => {});
  const isSame = wanted && isDeepStrictEqual(rightsOf(found), rightsOf(wanted));
  if (Object.keys(wants).length === 1 || isSame) return found;
  throw new HxError({
    code: 'inventory',
    message: `${entry.name} is there already, with other rights`,
    where: showOrigin(first[0].host.origin('litellm_clients')),
    hint: 'change its entry there, then: hxllm deploy',
  });
}

const rightsOf = ({ key: _, source: __, ...rights }: Client) => rights;

/** What is wrong with it is said before anything is written, in the words of the inventory's own check. */
function judge(fleet: Fleet, entry: ClientEntry): void {
  for (const [{ host, models, masterKey, clients }] of gatewaysOf(fleet)) {
    const problems: { message: string; hint?: string | undefined }[] = [];
    const key = new Secret(`sk-${'0'.repeat(48)}`);
    readClients(host, [{ ...entry, key } as never], models, masterKey, (message, hint) =>
      problems.push({ message, hint }),
    );
    const same = clients.find((c) => c.name !== entry.name && c.source?.variable === variableOf(entry.name));
    if (same) problems.push({ message: `${entry.name}: ${same.name} has a key of this variable already` });
    const hint = problems.flatMap((p) => p.hint ?? []);
    if (problems.length > 0)
      throw new HxError({ code: 'usage', message: problems.map((p) => p.message).join('\n'), hint });
  }
}
