// Flags that many commands share, as sets to pick from. Each has an environment variable; Ansible's own are its fallback.
import { Args, Flags } from '@oclif/core';
import { HxError } from './errors.js';

/** Reads one of Ansible's own variables, or a key of ansible.cfg, when neither the flag nor HXLLM_… is given. Never cached in the manifest. */
const ansible = <T>(name: string, read: (value: string) => T, setting?: string) => ({
  noCacheDefault: true,
  default: async () => {
    const value = process.env[name] || (setting && (await inAnsibleCfg(setting)));
    return value ? read(value) : undefined;
  },
});

async function inAnsibleCfg(setting: string): Promise<string | undefined> {
  const { ansibleSetting } = await import('./inventory/ansible-config.js');
  return ansibleSetting(setting, process.env, process.cwd());
}

/** What the flag's own `min: 1` refuses is refused here, too: no run may wait for a place that never comes. */
const count = (name: string) => (value: string) => {
  const number = Number(value);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new HxError({
    code: 'usage',
    message: `${name} should be a whole number from 1 on, not ${value}`,
    hint: 'it stands in ansible.cfg or in an ANSIBLE_ variable',
  });
};

const list = (value: string) => value.split(',').filter(Boolean);

/** Where the inventory is and how its secrets are opened. */
export const inventoryFlags = {
  inventory: Flags.string({
    char: 'i',
    description: 'inventory file or folder [default: ansible.cfg, or the only one under inventories/]',
    env: 'HXLLM_INVENTORY',
    helpValue: 'PATH',
    multiple: true,
    multipleNonGreedy: true,
    ...ansible('ANSIBLE_INVENTORY', list),
  }),
  'extra-vars': Flags.string({
    char: 'e',
    description: 'set a variable for all hosts: key=value, {"key": "value"} or @file',
    env: 'HXLLM_EXTRA_VARS',
    helpValue: 'KEY=VALUE',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'vault-password-file': Flags.string({
    description: 'file with a vault password; an executable one is run',
    env: 'HXLLM_VAULT_PASSWORD_FILE',
    helpValue: 'FILE',
    multiple: true,
    multipleNonGreedy: true,
    ...ansible('ANSIBLE_VAULT_PASSWORD_FILE', (value) => [value]),
  }),
  'vault-id': Flags.string({
    description: 'vault password of one label, LABEL@FILE or LABEL@prompt',
    env: 'HXLLM_VAULT_ID',
    helpValue: 'LABEL@SOURCE',
    multiple: true,
    multipleNonGreedy: true,
    ...ansible('ANSIBLE_VAULT_IDENTITY_LIST', list),
  }),
  'ask-vault-pass': Flags.boolean({
    description: 'ask for the vault password',
    env: 'HXLLM_ASK_VAULT_PASS',
  }),
};

/** Which hosts, and how they are reached. */
export const hostFlags = {
  ...inventoryFlags,
  limit: Flags.string({
    char: 'l',
    description: "only these hosts, in Ansible's grammar: web:&eu:!db1, gpu*, ~regex, @file",
    env: 'HXLLM_LIMIT',
    helpValue: 'PATTERN',
  }),
  parallel: Flags.integer({
    description: 'hosts worked on at once [default: 16]',
    env: 'HXLLM_PARALLEL',
    helpValue: 'N',
    min: 1,
    ...ansible('ANSIBLE_FORKS', count('forks of Ansible'), 'defaults.forks'),
  }),
  timeout: Flags.integer({
    description: 'seconds to wait for a connection [default: 10]',
    env: 'HXLLM_TIMEOUT',
    helpValue: 'SECONDS',
    min: 1,
    ...ansible('ANSIBLE_TIMEOUT', count('timeout of Ansible'), 'defaults.timeout'),
  }),
  'ask-become-pass': Flags.boolean({
    char: 'K',
    description: 'ask for the sudo password',
    env: 'HXLLM_ASK_BECOME_PASS',
  }),
};

/** For commands that change hosts. */
export const applyFlags = {
  ...hostFlags,
  yes: Flags.boolean({ char: 'y', description: 'do not ask', env: 'HXLLM_YES' }),
  serial: Flags.string({
    description:
      'hosts changed at once, 2 or 25%; a batch that fails stops all after it [default: all backends, one gateway]',
    env: 'HXLLM_SERIAL',
    helpValue: 'N|N%',
    parse: async (value) => {
      if (!/^[1-9]\d*%?$/.test(value))
        throw new Error(`Expected a number or a percentage but received: ${value}`);
      return value;
    },
  }),
  'lock-wait': Flags.integer({
    description: 'seconds to wait for a host that another run works on [default: 0]',
    env: 'HXLLM_LOCK_WAIT',
    helpValue: 'SECONDS',
    min: 0,
  }),
};

/** For commands that plan what a host must be. */
export const adoptFlags = {
  adopt: Flags.boolean({
    description:
      'take over a haproxy.cfg that somebody else wrote: what it served is gone, the file is kept beside it',
    env: 'HXLLM_ADOPT',
  }),
};

const ROLE = ['backend', 'gateway', 'webui'] as const;

/** For commands that plan what a host must be, or no longer be. */
export const roleFlags = {
  role: Flags.option({
    options: ROLE,
    multiple: true,
    description: 'only hosts and resources of this role',
  })(),
  remove: Flags.option({
    options: ROLE,
    multiple: true,
    description: 'take this role away from the hosts of --limit, which the inventory no longer asks for',
    exclusive: ['role'],
  })(),
  data: Flags.boolean({
    description: 'with --remove: models, chats, client keys and users, too',
    dependsOn: ['remove'],
  }),
};

/** For commands that issue certificates. */
export const certificateFlags = {
  // browsers refuse one of a private authority that holds longer
  days: Flags.integer({
    description: 'days that a certificate holds',
    helpValue: 'N',
    default: 365,
    min: 1,
    max: 825,
  }),
};

const CHECKS = {
  helpValue: 'CHECK[,CHECK]',
  multiple: true,
  delimiter: ',',
  multipleNonGreedy: true,
} as const;

/** For commands that run checks. */
export const checkFlags = {
  only: Flags.string({ description: 'only these checks', ...CHECKS }),
  skip: Flags.string({ description: 'not these checks', ...CHECKS }),
};

/** For commands about models that are named. */
export const modelArgs = {
  model: Args.string({
    description: "Ollama's name of it, more than one may be given: phi3:3.8b",
    required: true,
  }),
};

/** What every command has. */
export const commonFlags = {
  verbose: Flags.boolean({
    char: 'v',
    description: 'show scripts sent to hosts and what they reply, secrets masked',
    env: 'HXLLM_VERBOSE',
    helpGroup: 'GLOBAL',
  }),
  // chalk and oclif read --no-color from argv themselves; here it is only made known to the parser
  'no-color': Flags.boolean({ description: 'no colour, as NO_COLOR=1', helpGroup: 'GLOBAL' }),
};

/** The sets' values as `parse` gives them; a command has those it picked. */
export interface SharedFlags {
  inventory?: string[];
  'extra-vars'?: string[];
  'vault-password-file'?: string[];
  'vault-id'?: string[];
  'ask-vault-pass'?: boolean;
  limit?: string;
  parallel?: number;
  timeout?: number;
  'ask-become-pass'?: boolean;
  yes?: boolean;
  serial?: string;
  'lock-wait'?: number;
  verbose?: boolean;
}

/** oclif gives a `multiple` flag from the environment as one string. A list of paths is separated by commas, as Ansible's. */
export function normalizeFlags(flags: Record<string, unknown>): void {
  for (const name of ['inventory', 'vault-password-file', 'vault-id']) {
    if (typeof flags[name] === 'string') flags[name] = list(flags[name]);
  }
  if (typeof flags['extra-vars'] === 'string') flags['extra-vars'] = [flags['extra-vars']];
}
