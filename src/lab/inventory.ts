// Writes the lab's inventory in the guide's form: dev.ini, group_vars and a vault with a random master key.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HxError } from '../errors.js';
import { seal } from '../inventory/vault/envelope.js';
import { CONTROL, DOMAIN, fqdn, HOSTS, labHost } from './hosts.js';
import { MODELS, publicName } from './models.js';
import { type LabPaths, labPaths } from './paths.js';
import { registryUrl } from './registry-process.js';
import { type LabState, writeState } from './state.js';

/** Says that a folder is the lab's: nothing else is ever overwritten or removed. */
const NOTE = '# Made by `hxllm lab up`, removed by `hxllm lab down`. Lab: ';

const GATEWAY = labHost('hx-api-server');

/** Files that a person's ssh needs where hxllm runs. */
export type Login = Pick<LabPaths, 'key' | 'knownHosts'>;

export function iniText(state: LabState, login: Login = labPaths(state.name)): string {
  const groups = [...new Set(HOSTS.map((host) => host.group))].filter((group) => group !== CONTROL);
  const sections = groups.flatMap((group) => {
    const lines = state.hosts.flatMap((own) => {
      const host = labHost(own.short);
      return host.group === group ? [`${fqdn(host)} ansible_host=${own.address}`] : [];
    });
    return lines.length > 0 ? [`[${group}]\n${lines.join('\n')}\n`] : [];
  });
  return `${NOTE}${state.name}
${sections.join('\n')}
[all:vars]
ansible_user=agent0
ansible_become=true
ansible_ssh_private_key_file=${login.key}
ansible_ssh_common_args=-o UserKnownHostsFile=${login.knownHosts} -o StrictHostKeyChecking=yes
`;
}

/** The models of the lab, or the one real model that was asked for. */
function modelLines(state: LabState): string[] {
  const models = state.model
    ? [{ name: state.model, mode: 'chat' }]
    : MODELS.filter((model) => model.deployed);
  const entry = ({ name, mode }: { name: string; mode: string }) => {
    const parts = [`name: ${publicName(name)}`, 'provider: ollama', `model: "${name}"`];
    return `  - { ${[...parts, ...(mode === 'embedding' ? ['mode: embedding'] : [])].join(', ')} }`;
  };
  return [
    'litellm_models:',
    ...models.map(entry),
    `ollama_models: [${models.map((model) => `"${model.name}"`).join(', ')}]`,
    ...(state.model ? [] : [`ollama_pull_from: "${registryUrl(state)}"`]),
  ];
}

export function varsText(state: LabState): string {
  const backends = state.hosts.map((own) => labHost(own.short)).filter((host) => host.group === 'llm');
  const lines = [
    `${NOTE}${state.name}`,
    'litellm_bind_host: "0.0.0.0"',
    'litellm_bind_port: 4000',
    `litellm_base_url: "http://${GATEWAY.short}.${DOMAIN}:4000"`,
    'litellm_master_key: "{{ vault_litellm_master_key }}"',
    backends.length > 0 ? 'litellm_backends:' : 'litellm_backends: []',
    ...backends.map((host) => `  - "http://${fqdn(host)}:11434"`),
    ...modelLines(state),
    ...(state.ollama
      ? [`ollama_archive: "${state.ollama.archive}"`, `ollama_sha256: "${state.ollama.sha256}"`]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

const isOurs = (folder: string) => {
  const file = join(folder, 'dev.ini');
  return !existsSync(file) || readFileSync(file, 'utf8').startsWith(NOTE);
};

/** Writes the folder. The vault is written once, so that a key which was rotated stays. */
export function writeInventory(state: LabState, dir: string): void {
  const folder = resolve(dir);
  if (!isOurs(folder)) {
    throw new HxError({
      code: 'usage',
      message: 'this inventory was not made by the lab, and is left alone',
      where: join(folder, 'dev.ini'),
      hint: 'Choose another folder: hxllm lab up --dir FOLDER',
    });
  }
  const vars = join(folder, 'group_vars', 'all');
  const vault = join(vars, 'vault.yml');
  mkdirSync(vars, { recursive: true });
  if (state.inventory && state.inventory !== folder) removeInventory(state.inventory); // it has moved
  state.inventory = folder;
  writeState(state);
  writeFileSync(join(vars, 'lab.yml'), varsText(state));
  const password = readFileSync(labPaths(state.name).vaultPassword, 'utf8').trim();
  const isOther =
    !existsSync(join(folder, 'dev.ini')) ||
    !readFileSync(join(folder, 'dev.ini'), 'utf8').startsWith(`${NOTE}${state.name}\n`);
  if (isOther || !existsSync(vault)) {
    const key = `sk-lab-${randomBytes(24).toString('base64url')}`;
    writeFileSync(vault, seal(`vault_litellm_master_key: "${key}"\n`, password), { mode: 0o600 });
  }
  writeFileSync(join(folder, 'dev.ini'), iniText(state)); // last: a folder with it is whole
}

/** Removes the folder when it is still the lab's own. */
export function removeInventory(folder: string): void {
  if (existsSync(join(folder, 'dev.ini')) && isOurs(folder)) rmSync(folder, { recursive: true, force: true });
}
