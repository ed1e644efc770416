// Freezes a lab: what its hosts have become is a further read-only layer, from which every test can start anew.
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { HxError } from '../errors.js';
import { powerCut, powerOff, removeHost, unmountHost } from './machine.js';
import { hostPaths, labPaths } from './paths.js';
import { type LabState, writeState } from './state.js';

const layerOf = (state: LabState, snapshot: string, short: string) =>
  join(labPaths(state.name).snapshots, snapshot, short);

/** Shuts the hosts down and freezes what they are under a name. They stay off: `lab up --from NAME` starts them. */
export async function freezeLab(state: LabState, snapshot: string): Promise<void> {
  if (existsSync(layerOf(state, snapshot, ''))) {
    throw new HxError({ code: 'usage', message: `lab ${state.name} has a snapshot "${snapshot}" already` });
  }
  await Promise.all(state.hosts.map((host) => powerOff(state, host.short)));
  for (const host of state.hosts) {
    const { upper } = hostPaths(state.name, host.short);
    const layer = layerOf(state, snapshot, host.short);
    mkdirSync(join(layer, '..'), { recursive: true });
    await unmountHost(state, host.short);
    renameSync(upper, layer);
    await removeHost(state, host.short);
    host.layers = [layer, ...host.layers];
  }
  writeState(state);
}

/** Throws away what the hosts have become since that snapshot. */
export async function thaw(state: LabState, snapshot: string): Promise<void> {
  const frozen = state.hosts.filter((host) => existsSync(layerOf(state, snapshot, host.short)));
  if (frozen.length === 0) {
    throw new HxError({ code: 'usage', message: `lab ${state.name} has no snapshot "${snapshot}"` });
  }
  await Promise.all(frozen.map((host) => powerCut(state, host.short)));
  for (const host of frozen) {
    await removeHost(state, host.short);
    const layer = layerOf(state, snapshot, host.short);
    const below = host.layers.indexOf(layer);
    if (below < 0)
      throw new HxError({ code: 'lab', message: `${host.short} does not stand on "${snapshot}"` });
    host.layers = host.layers.slice(below);
  }
  writeState(state);
}
