// Where the lab keeps its things: what is dear in the user's cache, what is running below /var/lib.
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { HxError } from '../errors.js';

export const LABS = '/var/lib/hxllm-lab';
/** In each host: which lab it belongs to. Read from outside through /proc, so it also marks orphans. */
export const MARK = '/etc/hxllm-lab';

export interface LabPaths {
  dir: string;
  state: string;
  key: string;
  knownHosts: string;
  vaultPassword: string;
  sudoPassword: string;
  models: string;
  registryLog: string;
  snapshots: string;
}

export function labPaths(name: string): LabPaths {
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(name)) {
    throw new HxError({
      code: 'usage',
      message: `"${name}" cannot be the name of a lab`,
      hint: 'Use lower case letters, digits and hyphens, at most 40',
    });
  }
  const dir = join(LABS, name);
  return {
    dir,
    state: join(dir, 'state.json'),
    key: join(dir, 'id_ed25519'),
    knownHosts: join(dir, 'known_hosts'),
    vaultPassword: join(dir, 'vault-password'),
    sudoPassword: join(dir, 'agent1-password'),
    models: join(dir, 'models'),
    registryLog: join(dir, 'registry.log'),
    snapshots: join(dir, 'snapshots'),
  };
}

export interface HostPaths {
  dir: string;
  upper: string;
  work: string;
  root: string;
  script: string;
  console: string;
}

export function hostPaths(lab: string, short: string): HostPaths {
  const dir = join(labPaths(lab).dir, 'hosts', short);
  const at = (part: string) => join(dir, part);
  return {
    dir,
    upper: at('upper'),
    work: at('work'),
    root: at('root'),
    script: at('run.sh'),
    console: at('console.log'),
  };
}

/** A short name for what a cached thing was made from. */
export const keyOf = (...parts: string[]) =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
