// The machine's ssh, with the lab's key and its known hosts.
import { spawn } from 'node:child_process';
import { HxError } from '../errors.js';
import { labHost } from './hosts.js';
import { labPaths } from './paths.js';
import type { LabState } from './state.js';

/** Arguments for ssh; the person's own configuration has no say here. */
export function sshArgs(state: LabState, name: string, user: string): string[] {
  const { short } = labHost(name);
  const paths = labPaths(state.name);
  const address = state.hosts.find((host) => host.short === short)?.address;
  if (!address) {
    throw new HxError({
      code: 'usage',
      message: `lab ${state.name} has no ${short}`,
      hint: `hxllm lab up --name ${state.name} --host ${short}`,
    });
  }
  const options = [
    `UserKnownHostsFile=${paths.knownHosts}`,
    'StrictHostKeyChecking=yes',
    'IdentitiesOnly=yes',
  ];
  return ['-F', 'none', '-i', paths.key, ...options.flatMap((option) => ['-o', option]), '-l', user, address];
}

/** Hands the terminal to ssh; returns its exit code, which is the command's. */
export function enter(state: LabState, name: string, user: string, words: string[]): Promise<number> {
  const args = [...sshArgs(state, name, user), ...(words.length > 0 ? ['--', words.join(' ')] : [])];
  return new Promise((resolve, reject) => {
    const child = spawn('ssh', args, { stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 255));
  });
}
