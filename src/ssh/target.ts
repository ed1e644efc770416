// Reads from a host's ansible_* variables how to reach it.
import { HxError, messageOf } from '../errors.js';
import { Secret } from '../secret.js';
import type { Target } from './types.js';
import { splitWords } from './words.js';

const FALSE = new Set(['false', 'no', 'off', '0', 'n', 'f', '']);
const CONNECTIONS = new Set(['ssh', 'smart', 'paramiko', 'paramiko_ssh', 'local']);

type Get = (variable: string) => unknown;

/** `get` gives a variable's value, undefined when the inventory does not set it; `otherwise` what ansible.cfg says. */
export function targetOf(name: string, get: Get, otherwise: Get = () => undefined): Target {
  // every name that a variable has counts before ansible.cfg
  const first = (...variables: string[]): unknown => {
    for (const from of [get, otherwise])
      for (const variable of variables) {
        const value = from(variable);
        if (value !== undefined && value !== null && value !== '') return value;
      }
    return undefined;
  };
  const text = (...variables: string[]): string | undefined => {
    const value = first(...variables);
    if (value === undefined) return undefined;
    return value instanceof Secret ? value.reveal() : String(value);
  };
  const secret = (...variables: string[]): Secret | undefined => {
    const value = first(...variables);
    if (value === undefined || value instanceof Secret) return value;
    return new Secret(String(value));
  };
  const only = (variable: string, allowed: Set<string>, hint: string): void => {
    const value = text(variable);
    if (value === undefined || allowed.has(value)) return;
    throw new HxError({
      code: 'config',
      where: name,
      message: `${variable}: ${value} is not supported yet`,
      hint,
    });
  };

  only(
    'ansible_connection',
    CONNECTIONS,
    'hxllm reaches hosts over SSH, or is there: remove it, or set ansible_connection to ssh or local',
  );
  const isLocal = text('ansible_connection') === 'local';
  // as Ansible: here one is who one is
  const user = isLocal ? undefined : text('ansible_user', 'ansible_ssh_user');
  const become = user !== 'root' && isTrue(first('ansible_become') ?? true);
  if (become) {
    only('ansible_become_method', new Set(['sudo']), 'use ansible_become_method: sudo, or log in as root');
    only('ansible_become_user', new Set(['root']), 'hxllm needs root: remove ansible_become_user');
  }

  const identity = text('ansible_ssh_private_key_file', 'ansible_private_key_file');
  const password = secret('ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password');
  const becomePassword = secret('ansible_become_password', 'ansible_become_pass', 'ansible_sudo_pass');
  const words = (variable: string): string[] => {
    try {
      return splitWords(text(variable) ?? '');
    } catch (cause) {
      throw new HxError({ code: 'config', where: name, message: `${variable}: ${messageOf(cause)}`, cause });
    }
  };
  // a key that changed is refused all the same
  const checksKeys = isTrue(first('ansible_ssh_host_key_checking', 'ansible_host_key_checking') ?? true);
  const sshArgs = [
    // of two values the first counts: what ssh_args says goes before, as in Ansible
    ...words('ansible_ssh_args'),
    ...(checksKeys ? [] : ['-o', 'StrictHostKeyChecking=no']),
    ...words('ansible_ssh_common_args'),
    ...words('ansible_ssh_extra_args'),
  ];
  const port = portOf(name, first('ansible_port', 'ansible_ssh_port'));
  const retries = retriesOf(name, first('ansible_ssh_retries', 'ansible_ssh_reconnection_retries'));
  return {
    name,
    address: text('ansible_host', 'ansible_ssh_host') ?? name,
    become: become ? 'sudo' : 'none',
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(identity === undefined ? {} : { identities: [identity] }),
    ...(password === undefined ? {} : { password }),
    ...(becomePassword === undefined ? {} : { becomePassword }),
    ...(sshArgs.length === 0 ? {} : { sshArgs }),
    ...(retries === 0 ? {} : { retries }),
    ...(isLocal ? { local: true } : {}),
  };
}

/** Ansible's own reading of a boolean: `yes`, `"True"`, 1; an INI inventory gives strings. */
function isTrue(value: unknown): boolean {
  return !FALSE.has(String(value).trim().toLowerCase());
}

function portOf(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const port = Number(value);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new HxError({
    code: 'config',
    where: name,
    message: `ansible_port: ${String(value)} is not a port number`,
    hint: 'use a whole number from 1 to 65535',
  });
}

function retriesOf(name: string, value: unknown): number {
  const retries = Number(value ?? 0);
  if (Number.isInteger(retries) && retries >= 0) return retries;
  throw new HxError({
    code: 'config',
    where: name,
    message: `ansible_ssh_retries: ${String(value)} is not a number of tries`,
    hint: 'use a whole number, also in ANSIBLE_SSH_RETRIES; 0 = try once',
  });
}
