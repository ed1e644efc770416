// Reads an inventory: files, variables, vaults; everything else is left for when it is asked for.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Masker, Secret } from '../secret.js';
import { type AnsibleConfig, readAnsibleConfig } from './ansible-config.js';
import { Entries, type GroupEntry, type HostEntry } from './entries.js';
import { type ExtraVars, readExtraVars } from './extra-vars.js';
import { InventoryHost, type Surroundings } from './host.js';
import { LOCALHOST, selectHosts } from './limit.js';
import { readSource } from './sources.js';
import type { Group, Inventory, Membership } from './types.js';
import { VariableFiles } from './variable-files.js';
import { HostVariables, type Layer } from './variables.js';
import { findPasswords } from './vault/passwords.js';
import { Vault } from './vault/vault.js';

export { findSources } from './sources.js';
export type * from './types.js';
export { showOrigin } from './types.js';

export interface LoadOptions {
  sources: readonly string[];
  /** As on the command line, or as a mapping. */
  extraVars?: ExtraVars;
  vaultPasswordFiles?: readonly string[];
  /** LABEL@FILE or LABEL@prompt. */
  vaultIds?: readonly string[];
  askVaultPassword?: boolean;
  /** Asks the person for a vault password. */
  prompt?: (label: string) => Promise<Secret>;
  masker: Masker;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

export async function loadInventory(options: LoadOptions): Promise<Inventory> {
  const { env = process.env, cwd = process.cwd(), masker } = options;
  const config = readAnsibleConfig(env, cwd);
  return read(
    options,
    new Vault(await findPasswords(options, config, env, cwd), masker, config.vaultIdMatch),
    config,
  );
}

/** Where it may be switched off, besides ansible.cfg. */
const HOST_KEY_CHECKING = ['ANSIBLE_SSH_HOST_KEY_CHECKING', 'ANSIBLE_HOST_KEY_CHECKING'];

function read(
  options: LoadOptions,
  vault: Vault,
  config: AnsibleConfig,
  more: readonly Membership[] = [],
): Inventory {
  const { connection, file } = config;
  const { env = process.env, cwd = process.cwd() } = options;
  const entries = new Entries();
  const folders = options.sources.flatMap((source) => readSource(source, cwd, entries, vault) ?? []);
  for (const { host, group } of more) entries.addHost(host, group, undefined, { file: group });
  entries.settle();
  const checked = connection.ansible_host_key_checking;
  if (checked !== undefined && ['false', 'no', 'off', '0', 'f', 'n'].includes(checked.toLowerCase()))
    entries.warnings.push({
      message: 'host_key_checking is off: the keys of hosts that are not known are accepted unseen',
      where: HOST_KEY_CHECKING.find((name) => env[name]) ?? file ?? '',
    });
  for (const kind of ['group_vars', 'host_vars'])
    if (!folders.includes(cwd) && existsSync(join(cwd, kind)))
      entries.warnings.push({
        message: 'is not read: it lies next to playbooks, not next to the inventory',
        where: `${kind}/`,
      });
  const extra = readExtraVars(options.extraVars ?? [], cwd, vault);
  const files = new VariableFiles(vault, (warning) => entries.warnings.push(warning));

  const hosts = new Map<string, InventoryHost>();
  const members = Object.fromEntries([...entries.groups.keys()].map((name) => [name, entries.members(name)]));
  const around: Surroundings = {
    vault,
    env,
    groups: members,
    host: (name) => hosts.get(name) ?? localhost(name),
    hostNames: () => [...hosts.keys()],
    connection,
  };
  const fromFiles = (kind: string, names: string[]): Layer[] =>
    folders.flatMap((folder) => names.flatMap((name) => files.find(join(folder, kind), name)));
  const made = (entry: HostEntry, [all, ...others]: GroupEntry[]): InventoryHost => {
    const names = others.map(({ name }) => name);
    const layers: Layer[] = [
      all!.variables,
      ...others.map((group) => group.variables),
      ...fromFiles('group_vars', ['all']),
      ...fromFiles('group_vars', names),
      entry.variables,
      ...fromFiles('host_vars', [entry.name]),
      extra,
    ];
    return new InventoryHost(entry.name, ['all', ...names], new HostVariables(layers), entry.source, around);
  };
  const groupsOf = entries.groupsOf();
  for (const entry of entries.hosts.values()) hosts.set(entry.name, made(entry, groupsOf.get(entry.name)!));

  /** As in Ansible this machine is a host, in no group, also where the inventory does not name it. */
  const localhost = (name: string): InventoryHost | undefined => {
    if (!LOCALHOST.includes(name)) return undefined;
    const other = [...hosts.values()].find((host) => LOCALHOST.includes(host.name));
    if (other) return other;
    const origin = { file: 'localhost' };
    const variables = new Map([['ansible_connection', { raw: 'local', origin }]]);
    return made({ name, variables, source: origin.file }, [entries.groups.get('all')!]);
  };

  const groups = new Map<string, Group>();
  for (const { name, hosts: direct, children } of entries.groups.values())
    groups.set(name, { name, hosts: [...direct], children: [...children] });
  const named = (names: Iterable<string>): InventoryHost[] => [...names].map((name) => hosts.get(name)!);
  return {
    sources: options.sources,
    hosts,
    groups,
    warnings: entries.warnings,
    vault,
    again: () => read(options, vault, config, more),
    joined: (members) => read(options, vault, config, [...more, ...members]),
    place: (host, group) => entries.place(host, group),
    members: (group) => named(members[group] ?? []),
    select: (pattern) => named(selectHosts(pattern, { hosts: [...hosts.keys()], groups: members, cwd })),
  };
}
