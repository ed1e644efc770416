// Takes a lab down: everything that it made, whether or not it got as far as writing it down.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir } from '../cache-dir.js';
import { HxError } from '../errors.js';
import { poll } from '../retry.js';
import { removeCgroups } from './cgroups.js';
import { HOSTS } from './hosts.js';
import { removeInventory } from './inventory.js';
import { powerCut, removeHost } from './machine.js';
import { claimedOctet, networkDown, releaseSubnet } from './network.js';
import { labPaths } from './paths.js';
import { findInits } from './processes.js';
import { stopRegistry } from './registry-process.js';
import { attempt, removeTree } from './run.js';
import { restoreSettings } from './settings.js';
import { type LabState, labNames, machineOf, readState } from './state.js';

/** What is known of a lab: its state, or the traces that it left when there is no readable state. */
export function knownLab(name: string): LabState | undefined {
  let state: LabState | undefined;
  try {
    state = readState(name);
  } catch {
    // unreadable: its claim and its folders still tell what it made
  }
  const octet = state?.octet ?? claimedOctet(name);
  if (octet === undefined) return undefined;
  return state ?? { schema: 1, name, octet, mtu: 1500, hosts: [] };
}

/** Hosts of a lab: those of its state, those that run, those that have a folder. */
function hostsOf(state: LabState): string[] {
  const folder = join(labPaths(state.name).dir, 'hosts');
  const found = [
    ...state.hosts.map((host) => host.short),
    ...findInits().flatMap((init) => (init.lab === state.name ? [init.short] : [])),
    ...(existsSync(folder) ? readdirSync(folder) : []),
  ];
  return HOSTS.map((host) => host.short).filter((short) => found.includes(short));
}

/** Mounts that carry the lab's name, wherever they are. */
async function unmountAll(name: string): Promise<void> {
  const lines = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '));
  for (const [source, target] of lines)
    if (source === `hxllm-lab-${name}`) await attempt('umount', [target!]);
}

/** Removes a lab. False when there was none. */
export async function labDown(name: string, say: (line: string) => void): Promise<boolean> {
  const paths = labPaths(name);
  const state = knownLab(name);
  if (state) {
    const hosts = hostsOf(state);
    // nothing of them is kept, so a shutdown would only take time
    await Promise.all(hosts.map((short) => powerCut(state, short)));
    stopRegistry(state);
    for (const short of hosts) await removeHost(state, short);
    if (hosts.length > 0) say(`${hosts.join(', ')} removed`);
    // a process that was killed holds its group until it is wholly gone
    await poll(async () => removeCgroups(machineOf(state, '')) || undefined, {
      timeoutMs: 3000,
      everyMs: 20,
    });
    await networkDown(state);
    if (state.inventory) removeInventory(state.inventory);
  }
  await unmountAll(name);
  const was = existsSync(paths.dir);
  await removeTree(paths.dir);
  if (state) releaseSubnet(state.octet); // last: until here the name and the subnet belong together
  await restoreSettings(say);
  return was || state !== undefined;
}

/** One without a readable state could stand on it too. */
function usesCache(name: string): boolean {
  const state = knownLab(name);
  if (!state || state.hosts.length === 0) return true;
  return state.hosts.some((host) => host.layers.some((layer) => layer.startsWith(`${cacheDir()}/`)));
}

/** What the labs keep in the user's cache. */
const CACHED = ['roots', 'ollama', 'models'];

export async function purgeCache(): Promise<string[]> {
  const left = labNames().filter(usesCache);
  if (left.length > 0) {
    throw new HxError({
      code: 'lab',
      message: `the cache is in use by ${left.join(', ')}`,
      hint: left.map((name) => `hxllm lab down --name ${name}`),
    });
  }
  const folders = CACHED.map((part) => join(cacheDir(), part)).filter((folder) => existsSync(folder));
  for (const folder of folders) await removeTree(folder);
  return folders;
}
