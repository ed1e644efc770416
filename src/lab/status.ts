// What a lab is right now: read from the processes and the network, with the state only as the list of what should be.
import { join } from 'node:path';
import { quote } from '../shell.js';
import { DISTRIBUTIONS } from './distributions.js';
import { fqdn, labHost } from './hosts.js';
import { greeting } from './machine.js';
import { labPaths } from './paths.js';
import { findInits } from './processes.js';
import { registryRuns, registryUrl } from './registry-process.js';
import type { LabState } from './state.js';

export interface HostStatus {
  name: string;
  group: string;
  os: string;
  address: string;
  state: 'running' | 'orphan' | 'off';
  /** ISO time. */
  since?: string;
  ssh: boolean;
}

export interface LabStatus {
  name: string;
  hosts: HostStatus[];
  registry: { url: string; running: boolean };
  inventory: string | null;
  model: string | null;
  /** What a person does next, to paste. */
  next: string[];
}

function next(state: LabState, inventory: string): string[] {
  const name = state.name === 'lab' ? '' : ` --name ${state.name}`;
  return [
    `export HXLLM_INVENTORY=${quote(join(inventory, 'dev.ini'))}`,
    `export HXLLM_VAULT_PASSWORD_FILE=${labPaths(state.name).vaultPassword}`,
    'hxllm deploy',
    `hxllm lab ssh${name} ${state.hosts[0]?.short ?? 'HOST'}`,
  ];
}

export async function labStatus(state: LabState): Promise<LabStatus> {
  const inits = findInits().filter((init) => init.lab === state.name);
  const hosts = state.hosts.map(async (host): Promise<HostStatus> => {
    const init = inits.find((one) => one.short === host.short);
    const greets = init ? await greeting(host.address) : undefined;
    return {
      name: fqdn(labHost(host.short)),
      group: labHost(host.short).group,
      os: DISTRIBUTIONS[host.os].title,
      address: host.address,
      state: !init ? 'off' : init.parentName === 'systemd-nspawn' ? 'running' : 'orphan',
      ...(init && { since: new Date(init.since).toISOString() }),
      ssh: greets?.startsWith('SSH-') ?? false,
    };
  });
  return {
    name: state.name,
    hosts: await Promise.all(hosts),
    registry: { url: registryUrl(state), running: registryRuns(state) },
    inventory: state.inventory ?? null,
    model: state.model ?? null,
    next: state.inventory ? next(state, state.inventory) : [],
  };
}
