// What the user's own SSH configuration says about a host: `ssh -G` answers for Host, Match, Include and -o alike.
import { execFile } from 'node:child_process';
import { userInfo } from 'node:os';
import { HxError } from '../errors.js';
import { command } from '../shell.js';
import { defaults, plainConfig } from './plain-config.js';
import type { Texts } from './texts.js';
import type { Target } from './types.js';

export interface Settings {
  host: string;
  port: number;
  user: string;
  identities: string[];
  /** Of the agent's keys, only those of `identities`. */
  identitiesOnly: boolean;
  /** The agent's socket. */
  agent: string | undefined;
  userKnownHosts: string[];
  globalKnownHosts: string[];
  hashKnownHosts: boolean;
  hostKeyAlias: string | undefined;
  /** Host key algorithms that the user allows; undefined = any. */
  hostKeyAlgorithms: string[] | undefined;
  acceptNew: boolean;
  proxyJump: string | undefined;
  proxyCommand: string | undefined;
  family: 0 | 4 | 6;
  bindAddress: string | undefined;
}

/** The words for `ssh` that say what the inventory says; the first value wins there, so the inventory comes first (as Ansible does it). */
export function sshWords(target: Target): string[] {
  return [
    ...(target.port === undefined ? [] : ['-o', `Port=${target.port}`]),
    ...(target.user === undefined ? [] : ['-o', `User=${target.user}`]),
    ...(target.identities ?? []).flatMap((file) => ['-o', `IdentityFile="${file}"`]),
    ...(target.sshArgs ?? []),
  ];
}

export async function settingsOf(target: Target, texts: Texts, signal?: AbortSignal): Promise<Settings> {
  const output = (await plainConfig(target, texts)) ?? (await askSsh(target, signal)) ?? defaults(target);
  return readSettings(output, target.address);
}

/** `ssh -G`'s output; undefined when there is no ssh here and the inventory alone may do. */
export function askSsh(target: Target, signal?: AbortSignal): Promise<string | undefined> {
  const words = ['-G', ...sshWords(target), '--', target.address];
  const refusal = (said: string, cause: Error) =>
    new HxError({
      code: 'config',
      where: target.name,
      message: `ssh does not accept the host's options: ${said.trim().split('\n')[0] || cause.message}`,
      hint: `try: ${command('ssh', ...words)}`,
      cause,
    });
  return new Promise((resolve, reject) => {
    execFile('ssh', words, { timeout: 10_000, ...(signal ? { signal } : {}) }, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (signal?.aborted) reject(signal.reason);
      else if ((error as NodeJS.ErrnoException).code !== 'ENOENT') reject(refusal(stderr, error));
      else if (target.sshArgs?.length) reject(refusal('no ssh here (apt-get install openssh-client)', error));
      else resolve(undefined);
    });
  });
}

/** Reads `ssh -G`'s output. Pure but for the user's name, home and agent. */
export function readSettings(output: string, name: string, env: NodeJS.ProcessEnv = process.env): Settings {
  const values = new Map<string, string[]>();
  for (const line of output.split('\n')) {
    const space = line.indexOf(' ');
    if (space < 1) continue;
    const key = line.slice(0, space).toLowerCase();
    values.set(key, [...(values.get(key) ?? []), line.slice(space + 1).trim()]);
  }
  const one = (key: string): string | undefined => {
    const value = values.get(key)?.[0];
    return value === undefined || value === 'none' ? undefined : value;
  };
  const host = one('hostname') ?? name;
  const port = Number(one('port') ?? 22);
  // as ssh: from the user database, not from $HOME
  const me = userInfo();
  const user = one('user') ?? me.username;
  const tokens: Record<string, string> = {
    h: host,
    n: name,
    p: String(port),
    r: user,
    d: me.homedir,
    u: me.username,
  };
  const expand = (text: string) => text.replace(/%([hnprud%])/g, (_, token: string) => tokens[token] ?? '%');
  const path = (text: string) => expand(text).replace(/^~(?=\/|$)/, me.homedir);
  const files = (key: string) => (one(key) ?? '').split(' ').filter(Boolean).map(path);

  const agent = one('identityagent') ?? (values.has('identityagent') ? undefined : 'SSH_AUTH_SOCK');
  const strict = one('stricthostkeychecking');
  const family = one('addressfamily');
  const jump = one('proxyjump');
  const proxyCommand = one('proxycommand');
  return {
    host,
    port,
    user,
    identities: (values.get('identityfile') ?? []).filter((file) => file !== 'none').map(path),
    identitiesOnly: one('identitiesonly') === 'yes',
    agent: agent === 'SSH_AUTH_SOCK' ? env.SSH_AUTH_SOCK || undefined : fromVariable(agent, env, path),
    userKnownHosts: files('userknownhostsfile'),
    globalKnownHosts: files('globalknownhostsfile'),
    hashKnownHosts: one('hashknownhosts') === 'yes',
    hostKeyAlias: one('hostkeyalias'),
    hostKeyAlgorithms: one('hostkeyalgorithms')?.split(','),
    acceptNew: strict === 'accept-new' || strict === 'no' || strict === 'false' || strict === 'off',
    proxyJump: jump,
    proxyCommand: proxyCommand === undefined ? undefined : expand(proxyCommand),
    family: family === 'inet' ? 4 : family === 'inet6' ? 6 : 0,
    bindAddress: one('bindaddress'),
  };
}

function fromVariable(text: string | undefined, env: NodeJS.ProcessEnv, path: (text: string) => string) {
  if (text === undefined) return undefined;
  return text.startsWith('$') ? env[text.slice(1).replace(/^\{|\}$/g, '')] || undefined : path(text);
}
