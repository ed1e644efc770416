// Which inventories a run reads, and the files in them.
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { HxError, messageOf } from '../errors.js';
import { readAnsibleConfig } from './ansible-config.js';
import type { Entries } from './entries.js';
import { readHostsYaml } from './hosts-yaml.js';
import { readIni } from './ini.js';
import { showOrigin } from './types.js';
import { isVault } from './vault/envelope.js';
import type { Vault } from './vault/vault.js';

/** The flags, then HXLLM_INVENTORY, ANSIBLE_INVENTORY, ansible.cfg, and last the only inventory under inventories/. */
export function findSources(
  flags: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
  cwd: string = process.cwd(),
): string[] {
  if (flags.length > 0) return [...flags];
  for (const value of [env.HXLLM_INVENTORY, env.ANSIBLE_INVENTORY])
    if (value)
      return value
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean);
  const configured = readAnsibleConfig(env, cwd).inventory;
  if (configured.length > 0) return configured;
  const candidates = candidatesIn(join(cwd, 'inventories')).map((name) => `inventories/${name}`);
  if (candidates.length === 1) return candidates;
  if (candidates.length === 0)
    throw new HxError({
      code: 'inventory',
      message: 'there is no inventory: no -i, no ansible.cfg, and nothing under inventories/',
      hint: ['hxllm inventory init', 'or hxllm … -i PATH'],
    });
  throw new HxError({
    code: 'usage',
    message: `several inventories: ${candidates.join(', ')}`,
    hint: candidates.map((candidate) => `-i ${candidate}`),
  });
}

/** Inventory files and folders, not their group_vars, and not the shipped example. */
function candidatesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .filter(
      (name) => !IGNORED.test(name) && name !== 'example' && !['.json', '.sh', '.py'].includes(extname(name)),
    )
    .filter((name) => !statSync(join(folder, name)).isDirectory() || holdsInventory(join(folder, name)));
}

function holdsInventory(folder: string): boolean {
  return readdirSync(folder).some((name) => !IGNORED.test(name));
}

const IGNORED =
  /^\.|^(?:host_vars|group_vars|vars_plugins)$|(?:\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.cfg|\.retry)$/;

/** Reads a file, a folder of files, or a list of hosts such as `a,b,`. Gives the folder whose group_vars count. */
export function readSource(source: string, cwd: string, entries: Entries, vault: Vault): string | undefined {
  if (source.includes(',') && !existsSync(resolve(cwd, source))) {
    for (const host of source
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean))
      entries.addHost(host, 'ungrouped', undefined, { file: source });
    return undefined;
  }
  const path = isAbsolute(source) ? source : join(cwd, source);
  if (!existsSync(path))
    throw new HxError({
      code: 'inventory',
      message: 'there is no such inventory',
      where: source,
      hint: 'hxllm inventory init',
    });
  if (!statSync(path).isDirectory()) {
    readFile(path, entries, vault);
    return dirname(path);
  }
  if (readFolder(path, entries, vault) === 0)
    throw new HxError({
      code: 'inventory',
      message: 'no file in this folder is an inventory',
      where: source,
      hint: 'hxllm inventory init',
    });
  return path;
}

/** How many files it read. */
function readFolder(folder: string, entries: Entries, vault: Vault): number {
  let files = 0;
  for (const name of readdirSync(folder).sort()) {
    if (IGNORED.test(name)) continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) files += readFolder(path, entries, vault);
    else {
      readFile(path, entries, vault);
      files++;
    }
  }
  return files;
}

function readFile(path: string, entries: Entries, vault: Vault): void {
  refusePrograms(path);
  const given = readText(path);
  const text = isVault(given) ? vault.open(given, showOrigin({ file: path })!) : given;
  const ending = extname(path);
  const yaml = ['.yml', '.yaml', '.json'].includes(ending) || (ending === '' && looksLikeYaml(text));
  if (yaml) readHostsYaml(text, path, entries);
  else readIni(text, path, entries);
}

/** An inventory without ending may be either; Ansible tries YAML first. */
function looksLikeYaml(text: string): boolean {
  const first = text.split('\n').find((line) => line.trim() !== '' && !/^\s*[#;]/.test(line)) ?? '';
  return /^---|^\{|^[\w.-]+:\s*(?:#.*)?$/.test(first);
}

function refusePrograms(path: string): void {
  const toml = extname(path) === '.toml';
  let program = false;
  try {
    accessSync(path, constants.X_OK);
    program = (statSync(path).mode & 0o111) !== 0 && readText(path).startsWith('#!');
  } catch {
    // not executable
  }
  if (!toml && !program) return;
  throw new HxError({
    code: 'inventory',
    message: toml
      ? 'inventories in TOML are not supported'
      : 'this inventory is a program, which only Ansible runs',
    where: showOrigin({ file: path }),
    hint: `ansible-inventory -i ${showOrigin({ file: path })} --list --yaml --output ${basename(path, extname(path))}.yml, and give that file to hxllm`,
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new HxError({
      code: 'inventory',
      message: `cannot read: ${messageOf(error)}`,
      where: showOrigin({ file: path }),
      cause: error,
    });
  }
}
