// What hxllm takes from ansible.cfg and Ansible's environment variables, found in Ansible's order.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { HxError } from '../errors.js';

export interface AnsibleConfig {
  /** The ansible.cfg that was read. */
  file: string | undefined;
  inventory: string[];
  vaultPasswordFile: string | undefined;
  vaultIdentities: string[];
  vaultIdMatch: boolean;
}

export function readAnsibleConfig(env: NodeJS.ProcessEnv, cwd: string): AnsibleConfig {
  const file = findConfig(env, cwd);
  const values = file ? readDefaults(file) : new Map<string, string>();
  const folder = file ? dirname(file) : cwd;
  // a path in ansible.cfg starts at the file, one in the environment at the working directory
  const path = (value: string): string => place(value, folder, env);
  const merge = env.ANSIBLE_HASH_BEHAVIOUR ?? values.get('hash_behaviour') ?? 'replace';
  if (merge !== 'replace')
    throw new HxError({
      code: 'config',
      message: `hash_behaviour=${merge} is not supported: hxllm replaces mappings, as Ansible does by default`,
      where: env.ANSIBLE_HASH_BEHAVIOUR ? 'ANSIBLE_HASH_BEHAVIOUR' : file,
    });
  const password = values.get('vault_password_file');
  const identities = env.ANSIBLE_VAULT_IDENTITY_LIST ?? values.get('vault_identity_list');
  const match = env.ANSIBLE_VAULT_ID_MATCH ?? values.get('vault_id_match') ?? 'false';
  return {
    file,
    inventory: list(values.get('inventory')).map(path),
    vaultPasswordFile: env.ANSIBLE_VAULT_PASSWORD_FILE || (password && path(password)),
    vaultIdentities: list(identities).map((id) =>
      env.ANSIBLE_VAULT_IDENTITY_LIST ? id : identity(id, path),
    ),
    vaultIdMatch: ['true', 'yes', 'on', '1'].includes(match.toLowerCase()),
  };
}

function identity(id: string, path: (value: string) => string): string {
  const at = id.indexOf('@');
  const source = id.slice(at + 1);
  if (source.startsWith('prompt')) return id;
  return at < 0 ? path(source) : `${id.slice(0, at + 1)}${path(source)}`;
}

function findConfig(env: NodeJS.ProcessEnv, cwd: string): string | undefined {
  const given = env.ANSIBLE_CONFIG;
  if (given) {
    const named = place(given, cwd, env);
    const file = existsSync(named) && statSync(named).isDirectory() ? join(named, 'ansible.cfg') : named;
    return existsSync(file) ? file : undefined;
  }
  const here = join(cwd, 'ansible.cfg');
  // as Ansible: a folder that anybody may write to could plant a configuration
  const trusted = existsSync(here) && (statSync(cwd).mode & 0o002) === 0;
  const places = [
    ...(trusted ? [here] : []),
    join(env.HOME ?? '/nonexistent', '.ansible.cfg'),
    '/etc/ansible/ansible.cfg',
  ];
  return places.find((file) => existsSync(file));
}

/** The keys of the section [defaults], as Python's configparser reads them. */
function readDefaults(file: string): Map<string, string> {
  const values = new Map<string, string>();
  let section = '';
  for (const line of readFileSync(file, 'utf8').split(/\r?\n/)) {
    const header = /^\[([^\]]+)\]/.exec(line);
    if (header) section = header[1]!;
    const pair = /^([^\s#;=:[][^=:]*?)\s*[=:]\s*(.*?)(?:\s+;.*)?$/.exec(line);
    if (pair && section === 'defaults') values.set(pair[1]!.toLowerCase(), pair[2]!.trim());
  }
  return values;
}

function list(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

function place(value: string, folder: string, env: NodeJS.ProcessEnv): string {
  const expanded = value.replace(/\$\{?(\w+)\}?/g, (all, name: string) => env[name] ?? all);
  if (expanded === '~' || expanded.startsWith('~/')) return join(env.HOME ?? '', expanded.slice(1));
  return isAbsolute(expanded) ? expanded : join(folder, expanded);
}
