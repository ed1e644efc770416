// Where hxllm writes clients: its own file beside the inventory, and the file that holds the master key.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { HxError } from '../../errors.js';
import { CLIENTS, type ClientEntry, entryText } from '../../inventory/client-file.js';
import { KeyFile } from '../../inventory/key-file.js';
import { showOrigin } from '../../inventory/types.js';
import { needKeySource } from '../../stack/key-source.js';
import { type Fleet, gatewaysOf } from '../fleet.js';

export interface Place {
  /** group_vars/all/litellm_clients.yml, which may not be there yet. */
  file: string;
  text: string;
}

/** The variable that holds the key of a client. */
export function variableOf(name: string): string {
  return `vault_litellm_client_${name.replaceAll(/\W/g, '_')}`;
}

/** As in the list: the key is a reference. */
export function referTo(variable: string): string {
  return `{{ ${variable} }}`;
}

/**
 * hxllm's own file. Throws HxError `inventory` when the clients are listed somewhere else, with what to write there
 * instead: `lines`.
 */
export function placeOf(fleet: Fleet, what: string, lines: string): Place {
  const taken = (where: string, isWhole: boolean) =>
    elsewhere(where, what, isWhole ? `${CLIENTS}:\n${lines}` : lines);
  const file = ownFile(fleet, CLIENTS, [CLIENTS], taken);
  return { file, text: existsSync(file) ? readFileSync(file, 'utf8') : '' };
}

/**
 * group_vars/all/NAME.yml, which may not be there yet. Throws `taken` for a place that a person has filled: one that sets
 * one of the variables, or (`isWhole`) one that such a file would hide.
 */
export function ownFile(
  fleet: Fleet,
  name: string,
  variables: readonly string[],
  taken: (where: string, isWhole: boolean) => HxError,
): string {
  const [source = ''] = fleet.inventory.sources;
  const folder = join(statSync(source).isDirectory() ? source : dirname(source), 'group_vars');
  const file = join(folder, 'all', `${name}.yml`);
  const isFree = !existsSync(join(folder, 'all')) || statSync(join(folder, 'all')).isDirectory();
  const shadowed = ['', '.yml', '.yaml', '.json']
    .map((ending) => join(folder, `all${ending}`))
    .find((path) => existsSync(path) && (path !== join(folder, 'all') || !isFree));
  // a folder beside such a file would hide it, for Ansible too
  if (shadowed && !existsSync(dirname(file))) throw taken(shadowed, true);
  if (!isFree) throw taken(join(folder, 'all'), true);
  for (const { host } of fleet.hosts)
    for (const variable of variables) {
      const origin = host.origin(variable);
      if (origin && resolve(origin.file) !== resolve(file)) throw taken(showOrigin(origin)!, false);
    }
  return file;
}

function elsewhere(where: string, what: string, lines: string): HxError {
  return new HxError({
    code: 'inventory',
    message: `${CLIENTS} is yours to change here; nothing was written`,
    where,
    hint: `${what}\n${lines.trimEnd()}\nthen: hxllm deploy`,
  });
}

/** What a person adds by hand. */
export function linesOf(entry: ClientEntry): string {
  return entryText(entry);
}

/** The file that holds the master key: keys of clients go beside it. */
export function masterFile(fleet: Fleet): KeyFile {
  const [first] = gatewaysOf(fleet);
  if (!first) throw new Error('a fleet without gateways');
  const { file, variable } = needKeySource(first[0].host, 'litellm_master_key');
  return new KeyFile(file, variable, fleet.inventory.vault);
}
