// hxllm inventory init: the guide's inventory with a vault, a generated master key and a password that git does not see.
import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { HxError } from '../../errors.js';
import { isAddress } from '../../inventory/ranges.js';
import { seal } from '../../inventory/vault/envelope.js';

export interface InitOptions {
  folder: string;
  gateways: readonly string[];
  backends: readonly string[];
  webuis: readonly string[];
  user?: string | undefined;
}

const PASSWORD_FILE = '.vault-password';

/** Writes everything or nothing: no file that is there is touched, but .gitignore gets a line. */
export function initInventory(options: InitOptions): { text: string; json: object } {
  const { folder } = options;
  for (const host of [...options.gateways, ...options.backends, ...options.webuis])
    if (!isAddress(host)) throw new HxError({ code: 'usage', message: `${host} is not a host name` });
  const password = randomBytes(32).toString('base64url');
  const files = contents(options, password);
  const there = files.filter(({ path }) => existsSync(join(folder, path))).map(({ path }) => path);
  if (there.length > 0)
    throw new HxError({
      code: 'usage',
      message: `nothing was written, these are there already: ${there.join(', ')}`,
      hint: ['hxllm inventory check', 'or give another folder: hxllm inventory init DIR'],
    });
  for (const { path, text, mode } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    // wx: somebody else's file is never overwritten, not even one that appeared this moment
    writeFileSync(join(folder, path), text, { mode, flag: 'wx' });
  }
  ignoreInGit(folder);
  const config = configAdvice(
    folder,
    files.some(({ path }) => path === 'ansible.cfg'),
  );
  const cd = relative(process.cwd(), folder);
  const next = [...(cd ? [`cd ${cd}`] : []), 'hxllm inventory check', 'hxllm plan'];
  const lines = [
    ...files.map(({ path, doc }) => `${path}  ${doc}`),
    ...config,
    '',
    `Keep ${PASSWORD_FILE} safe: without it nobody can read the vault. It is in .gitignore.`,
    `Next: ${next.join(' && ')}`,
  ];
  return { text: lines.join('\n'), json: { folder, files: files.map(({ path }) => path), next } };
}

function contents(options: InitOptions, password: string) {
  const files = [
    { path: 'inventories/dev.ini', text: iniText(options), mode: 0o644, doc: 'hosts and groups' },
    {
      path: 'inventories/group_vars/all/litellm.yml',
      text: variablesText(options),
      mode: 0o644,
      doc: 'variables',
    },
    {
      path: 'inventories/group_vars/all/vault.yml',
      text: seal(`vault_litellm_master_key: sk-${randomBytes(32).toString('base64url')}\n`, password),
      mode: 0o600,
      doc: 'encrypted, with a new master key',
    },
    { path: PASSWORD_FILE, text: `${password}\n`, mode: 0o600, doc: 'password of the vault' },
  ];
  if (!existsSync(join(options.folder, 'ansible.cfg')))
    files.push({
      path: 'ansible.cfg',
      text: CONFIG,
      mode: 0o644,
      doc: 'so that hxllm and Ansible find both',
    });
  return files;
}

const CONFIG = `[defaults]
inventory = inventories/dev.ini
vault_password_file = ${PASSWORD_FILE}
`;

function iniText({ gateways, backends, webuis, user }: InitOptions): string {
  const section = (name: string, hosts: readonly string[]): string => [`[${name}]`, ...hosts, ''].join('\n');
  return [
    section('litellm', gateways),
    section('llm', backends),
    ...(webuis.length > 0 ? [section('webui', webuis)] : []),
    ...(user ? [`[all:vars]\nansible_user=${user}\nansible_become=true\n`] : []),
  ].join('\n');
}

function variablesText({ gateways, backends }: InitOptions): string {
  const url = (host: string, port: number): string =>
    JSON.stringify(`http://${host.includes(':') ? `[${host}]` : host}:${port}`);
  return `litellm_bind_host: "0.0.0.0"
litellm_bind_port: 4000
litellm_base_url: ${url(gateways[0]!, 4000)}
litellm_backends:
${backends.map((host) => `  - ${url(host, 11434)}`).join('\n')}
litellm_master_key: "{{ vault_litellm_master_key }}"
litellm_models:
  - name: "phi3-3.8b"
    provider: "ollama"
    model: "phi3:3.8b"
`;
}

function ignoreInGit(folder: string): void {
  const file = join(folder, '.gitignore');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text.split('\n').some((line) => line.trim().replace(/^\//, '') === PASSWORD_FILE)) return;
  appendFileSync(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}/${PASSWORD_FILE}\n`);
}

function configAdvice(folder: string, written: boolean): string[] {
  if (written || readFileSync(join(folder, 'ansible.cfg'), 'utf8').includes('vault_password_file')) return [];
  return [`ansible.cfg was there: add vault_password_file = ${PASSWORD_FILE} below [defaults]`];
}
