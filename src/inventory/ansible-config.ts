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
  /** What it says of connections, by the variable that says the same of one host. */
  connection: Readonly<Record<string, string>>;
}

/** Variables of a connection with their environment variables and their keys in ansible.cfg; of several the last counts. */
const CONNECTION: Record<string, { env: string[]; keys: string[]; isPath?: boolean }> = {
  ansible_user: { env: ['ANSIBLE_REMOTE_USER'], keys: ['defaults.remote_user'] },
  ansible_port: { env: ['ANSIBLE_REMOTE_PORT'], keys: ['defaults.remote_port'] },
  ansible_ssh_private_key_file: {
    env: ['ANSIBLE_PRIVATE_KEY_FILE'],
    keys: ['defaults.private_key_file'],
    isPath: true,
  },
  ansible_become: { env: ['ANSIBLE_BECOME'], keys: ['privilege_escalation.become'] },
  ansible_become_method: { env: ['ANSIBLE_BECOME_METHOD'], keys: ['privilege_escalation.become_method'] },
  ansible_become_user: { env: ['ANSIBLE_BECOME_USER'], keys: ['privilege_escalation.become_user'] },
  ansible_ssh_args: { env: ['ANSIBLE_SSH_ARGS'], keys: ['ssh_connection.ssh_args'] },
  ansible_ssh_common_args: { env: ['ANSIBLE_SSH_COMMON_ARGS'], keys: ['ssh_connection.ssh_common_args'] },
  ansible_ssh_extra_args: { env: ['ANSIBLE_SSH_EXTRA_ARGS'], keys: ['ssh_connection.ssh_extra_args'] },
  ansible_ssh_retries: {
    env: ['ANSIBLE_SSH_RETRIES'],
    keys: ['connection.retries', 'ssh_connection.retries'],
  },
  ansible_host_key_checking: {
    env: ['ANSIBLE_HOST_KEY_CHECKING', 'ANSIBLE_SSH_HOST_KEY_CHECKING'],
    keys: ['defaults.host_key_checking', 'ssh_connection.host_key_checking'],
  },
};

export function readAnsibleConfig(env: NodeJS.ProcessEnv, cwd: string): AnsibleConfig {
  const file = findConfig(env, cwd);
  const settings = file ? readSettings(file) : new Map<string, string>();
  const values = { get: (key: string) => settings.get(`defaults.${key}`) };
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
    connection: Object.fromEntries(
      Object.entries(CONNECTION).flatMap(([variable, { env: names, keys, isPath }]) => {
        const given = names.map((name) => env[name]).findLast(Boolean);
        const written = keys.map((key) => settings.get(key)).findLast(Boolean);
        const value = given ?? (written && isPath ? path(written) : written);
        return value === undefined ? [] : [[variable, value]];
      }),
    ),
  };
}

/** One setting of the ansible.cfg that counts here, such as `defaults.forks`. */
export function ansibleSetting(key: string, env: NodeJS.ProcessEnv, cwd: string): string | undefined {
  const file = findConfig(env, cwd);
  return file ? readSettings(file).get(key) : undefined;
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

/** `section.key` and its value, as Python's configparser reads them. */
function readSettings(file: string): Map<string, string> {
  const values = new Map<string, string>();
  let section = '';
  for (const line of readFileSync(file, 'utf8').split(/\r?\n/)) {
    const header = /^\[([^\]]+)\]/.exec(line);
    if (header) section = header[1]!;
    const pair = /^([^\s#;=:[][^=:]*?)\s*[=:]\s*(.*?)(?:\s+;.*)?$/.exec(line);
    if (pair) values.set(`${section}.${pair[1]!.toLowerCase()}`, pair[2]!.trim());
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
