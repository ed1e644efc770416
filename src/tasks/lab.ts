// The lab's stories: up and down.
import { join } from 'node:path';
import { HxError } from '../errors.js';
import { withLock } from '../file-lock.js';
import { controlNode, furnishControl } from '../lab/control.js';
import { DISTRIBUTIONS, type Os } from '../lab/distributions.js';
import { labDown, purgeCache } from '../lab/down.js';
import type { Outer } from '../lab/files.js';
import { writeInventory } from '../lab/inventory.js';
import { writeModels } from '../lab/models.js';
import { installNeeds, needRoot } from '../lab/needs.js';
import { networkUp } from '../lab/network.js';
import { findOllama } from '../lab/ollama.js';
import { readOuter } from '../lab/outer.js';
import { LABS, labPaths } from '../lab/paths.js';
import { startRegistry } from '../lab/registry-process.js';
import { makeRoot } from '../lab/rootfs.js';
import { raiseSettings } from '../lab/settings.js';
import { thaw } from '../lab/snapshot.js';
import { type LabState, readState, writeState } from '../lab/state.js';
import { isAllUp, makeSecrets, mergeHosts, planLab, startHost, type Wish } from '../lab/up.js';
import { failureText, type Step, type StoryOptions, story } from '../ui/listr.js';

export interface UpWish extends Wish {
  /** Folder of the inventory; undefined = where it is, or inventories/lab. */
  dir?: string | undefined;
  ollama: boolean;
}

interface Up {
  state: LabState;
  /** Read when the first host is furnished: one that only boots needs nothing of this machine. */
  outer: Partial<Record<Os, () => Promise<Outer>>>;
}

const WAIT_MS = 30_000;
const lockOf = (name: string) => join(LABS, `.${name}.lock`);

/** Nothing to do, and found out quickly: everything that is wished for runs. */
async function standing(wish: UpWish): Promise<LabState | undefined> {
  const state = readState(wish.name);
  if (!state || wish.from || wish.model || wish.dir) return undefined;
  if (mergeHosts(state.hosts, wish, state.octet).length > state.hosts.length) return undefined;
  return (await isAllUp(state)) ? state : undefined;
}

const goBack = (snapshot: string | undefined): Step<Up>[] =>
  snapshot ? [{ title: `Go back to ${snapshot}`, run: ({ state }) => thaw(state, snapshot) }] : [];

function upSteps(wish: UpWish, signal: AbortSignal): Step<Up>[] {
  const oses = ({ state }: Up) => [...new Set(state.hosts.map((host) => host.os))];
  return [
    { title: 'Look at this machine', run: (_, tell) => installNeeds(tell.say) },
    {
      title: 'Find a free network',
      run: async (ctx, tell) => {
        ctx.state = await planLab(wish);
        tell.say(`10.88.${ctx.state.octet}.0/24, MTU ${ctx.state.mtu}`);
        await makeSecrets(ctx.state);
      },
    },
    {
      title: 'Get the distributions',
      steps: (ctx) =>
        oses(ctx).map((os) => ({
          title: DISTRIBUTIONS[os].title,
          run: async (up, tell) => {
            const root = await makeRoot(os, tell.say, signal);
            let outer: Promise<Outer> | undefined;
            up.outer[os] = () => (outer ??= readOuter(root));
          },
        })),
    },
    {
      title: 'Get Ollama for the hosts',
      skip: () => !wish.ollama && 'not asked for',
      run: async ({ state }, tell) => {
        state.ollama = await findOllama(tell.say, signal);
        writeState(state);
      },
    },
    {
      title: 'Connect the network',
      run: async ({ state }, tell) => {
        await raiseSettings(tell.say);
        await networkUp(state);
      },
    },
    {
      title: 'Start the model registry',
      run: async ({ state }) => {
        writeModels(labPaths(state.name).models);
        await startRegistry(state);
      },
    },
    ...goBack(wish.from),
    {
      title: 'Start the hosts',
      each: ({ state }) =>
        state.hosts.map((host) => ({
          title: host.short,
          run: async ({ outer }, tell) => {
            const isNew = await startHost(state, host, outer[host.os]!);
            if (!isNew) tell.skip('is running');
          },
        })),
    },
    {
      title: 'Write the inventory',
      run: ({ state }, tell) => {
        const dir = wish.dir ?? state.inventory ?? join('inventories', 'lab');
        writeInventory(state, dir);
        tell.say(dir);
      },
    },
    {
      title: 'Furnish the control node',
      skip: ({ state }) => !controlNode(state) && 'the lab has none',
      run: ({ state }, tell) => furnishControl(state, controlNode(state)!, tell.say),
    },
  ];
}

/** Makes the lab be there; what is there already is left alone. */
export async function up(
  wish: UpWish,
  options: StoryOptions,
): Promise<{ state: LabState; changed: boolean }> {
  needRoot();
  labPaths(wish.name); // refuses a bad name before anything is made
  return withLock(lockOf(wish.name), WAIT_MS, async () => {
    const there = await standing(wish);
    if (there) return { state: there, changed: false };
    const ctx = { outer: {} } as Up;
    const failures = await story(upSteps(wish, options.signal), ctx, options);
    if (failures.length > 0) {
      throw new HxError({
        code: 'lab',
        message: failures.map(failureText).join('\n'),
        hint: `hxllm lab down --name ${wish.name}`,
      });
    }
    return { state: ctx.state, changed: true };
  });
}

export interface DownWish {
  name: string;
  purge: boolean;
}

/** Removes the lab. False when there was none. */
export async function down(wish: DownWish, options: StoryOptions): Promise<boolean> {
  needRoot();
  labPaths(wish.name);
  const ctx = { found: false };
  const steps: Step<typeof ctx>[] = [
    {
      title: `Remove lab ${wish.name}`,
      run: async (_, tell) => {
        ctx.found = await withLock(lockOf(wish.name), WAIT_MS, () => labDown(wish.name, tell.say));
        if (!ctx.found) tell.skip('there is none');
      },
    },
  ];
  if (wish.purge) {
    steps.push({
      title: 'Empty the cache',
      run: async (_, tell) => tell.say((await purgeCache()).join(', ') || 'it is empty'),
    });
  }
  await story(steps, ctx, options);
  return ctx.found;
}
