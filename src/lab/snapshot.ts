// Freezes a lab: what its hosts have become is a further read-only layer, from which every test can start anew.
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HxError } from '../errors.js';
import { powerCut, powerOff, removeHost, unmountHost } from './machine.js';
import { hostPaths, labPaths } from './paths.js';
import { type LabState, writeState } from './state.js';

const layerOf = (state: LabState, snapshot: string, short: string) =>
  join(labPaths(state.name).snapshots, snapshot, short);

/** Shuts the hosts down and freezes what they are under a name. They stay off until the next `lab up`. */
export async function freezeLab(state: LabState, snapshot: string): Promise<void> {
  if (state.snapshots?.[snapshot]) {
    throw new HxError({ code: 'usage', message: `lab ${state.name} has a snapshot "${snapshot}" already` });
  }
  const layers: Record<string, string[]> = {};
  await Promise.all(state.hosts.map((host) => powerOff(state, host.short)));
  for (const host of state.hosts) {
    const layer = layerOf(state, snapshot, host.short);
    mkdirSync(dirname(layer), { recursive: true });
    await unmountHost(state, host.short);
    renameSync(hostPaths(state.name, host.short).upper, layer);
    await removeHost(state, host.short);
    host.layers = [layer, ...host.layers];
    layers[host.short] = host.layers;
  }
  state.snapshots = { ...state.snapshots, [snapshot]: layers };
  writeState(state);
}

/** Throws away what the hosts have become since that snapshot; those that were not there then stay as they are. */
export async function thaw(state: LabState, snapshot: string): Promise<void> {
  const layers = state.snapshots?.[snapshot];
  if (!layers) {
    throw new HxError({
      code: 'usage',
      message: `lab ${state.name} has no snapshot "${snapshot}"`,
      hint: `It has: ${Object.keys(state.snapshots ?? {}).join(', ') || 'none'}`,
    });
  }
  const frozen = state.hosts.filter((host) => layers[host.short]);
  await Promise.all(frozen.map((host) => powerCut(state, host.short)));
  for (const host of frozen) {
    await removeHost(state, host.short);
    host.layers = layers[host.short]!;
  }
  writeState(state);
}
