// Where vault passwords come from: plain files, executables, *-client programs with a label, or a question.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { HxError, messageOf } from '../../errors.js';
import { Secret } from '../../secret.js';
import type { AnsibleConfig } from '../ansible-config.js';
import { showOrigin } from '../types.js';

export interface VaultPassword {
  /** The vault id; `default` for a password without one. */
  label: string;
  /** What to call it in messages. */
  source: string;
  /** Reads or asks for it, once. Throws HxError `vault`. */
  read(): Secret;
}

export interface PasswordOptions {
  vaultPasswordFiles?: readonly string[] | undefined;
  vaultIds?: readonly string[] | undefined;
  /** Ask for the password of the label `default`. */
  askVaultPassword?: boolean | undefined;
  prompt?: ((label: string) => Promise<Secret>) | undefined;
}

/** In Ansible's order: configured identities, --vault-id, --vault-password-file. Questions are asked here, files are read later. */
export async function findPasswords(
  options: PasswordOptions,
  config: AnsibleConfig,
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<VaultPassword[]> {
  const passwords: VaultPassword[] = [];
  const listed = options.vaultIds?.length ? options.vaultIds : config.vaultIdentities;
  for (const id of listed) passwords.push(await fromId(id, options, env, cwd));
  const files = options.vaultPasswordFiles?.length
    ? options.vaultPasswordFiles
    : config.vaultPasswordFile
      ? [config.vaultPasswordFile]
      : [];
  for (const file of files) passwords.push(fromFile('default', expand(file, env, cwd)));
  if (options.askVaultPassword) passwords.push(await asked('default', options));
  return passwords;
}

async function fromId(
  id: string,
  options: PasswordOptions,
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<VaultPassword> {
  const at = id.indexOf('@');
  const label = at > 0 ? id.slice(0, at) : 'default';
  const source = at >= 0 ? id.slice(at + 1) : id;
  if (source === 'prompt' || source === 'prompt_ask_vault_pass') return asked(label, options);
  return fromFile(label, expand(source, env, cwd));
}

async function asked(label: string, options: PasswordOptions): Promise<VaultPassword> {
  if (!options.prompt)
    throw new HxError({
      code: 'no-terminal',
      message: `the vault password ${label} cannot be asked for here`,
      hint: '--vault-password-file FILE',
    });
  const secret = await options.prompt(label === 'default' ? 'Vault password' : `Vault password (${label})`);
  return { label, source: 'the password that was typed', read: () => secret };
}

function fromFile(label: string, file: string): VaultPassword {
  let known: Secret | undefined;
  return {
    label,
    source: file,
    read() {
      known ??= new Secret(readPassword(label, file));
      return known;
    },
  };
}

function readPassword(label: string, file: string): string {
  const wrong = (message: string, cause?: unknown): HxError =>
    new HxError({
      code: 'vault',
      message,
      where: showOrigin({ file }),
      hint: 'give the password with --vault-password-file FILE',
      cause,
    });
  let text: string;
  try {
    if (statSync(file).isDirectory()) throw new Error('it is a folder');
    text = isExecutable(file) ? runPassword(label, file) : readFileSync(file, 'utf8');
  } catch (error) {
    throw wrong(`cannot read the vault password: ${messageOf(error)}`, error);
  }
  const password = text.trim();
  if (password === '') throw wrong('the vault password is empty');
  if (password.startsWith('$ANSIBLE_VAULT;'))
    throw wrong('the vault password is itself a vault, which is not supported');
  return password;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    // root may execute only what somebody may
    return (statSync(file).mode & 0o111) !== 0;
  } catch {
    return false;
  }
}

function runPassword(label: string, file: string): string {
  const client = /-client(?:\.[^.]+)?$/.test(basename(file));
  const run = spawnSync(file, client ? ['--vault-id', label] : [], {
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  if (run.error) throw run.error;
  if (run.status !== 0) throw new Error(`it ended with code ${run.status ?? run.signal}`);
  return run.stdout;
}

export function expand(path: string, env: NodeJS.ProcessEnv, cwd: string): string {
  if (path === '~' || path.startsWith('~/')) return join(env.HOME ?? '', path.slice(1));
  return isAbsolute(path) ? path : join(cwd, path);
}
