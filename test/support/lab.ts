// Real hosts for tests: a private lab, its person's command line, its ssh, and the faults that only a machine can have.
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { fqdn, labHost } from '../../src/lab/hosts.js';
import { powerCut, powerOff, powerOn, removeHost, waitForSsh } from '../../src/lab/machine.js';
import { cable } from '../../src/lab/network.js';
import { labPaths } from '../../src/lab/paths.js';
import { registryUrl } from '../../src/lab/registry-process.js';
import { freezeLab } from '../../src/lab/snapshot.js';
import { sshArgs } from '../../src/lab/ssh.js';
import { type LabState, labNames, needState, writeState } from '../../src/lab/state.js';
import { hxllm, type Ran, run } from './cli.js';

export interface LabOptions {
  /** Default: one of its own, which is gone with the test's process. */
  name?: string;
  /** `hx-llm01-server` or `hx-llm01-server=trixie`; default: the usual ones. */
  hosts?: string[];
  os?: 'bookworm' | 'trixie';
  /** Default true; false when no host needs one. */
  ollama?: boolean;
}

export interface Lab {
  readonly name: string;
  /** For `-i`: the inventory in the guide's form, in a folder of its own that a test may write into. */
  readonly inventory: string;
  readonly folder: string;
  readonly vaultPasswordFile: string;
  readonly key: string;
  readonly knownHosts: string;
  /** Where its hosts pull models from; `slow-`, `corrupt-`, `noloc-`, `drop-`, `gone-` before a name is a fault. */
  readonly registry: string;
  /** 10.88.x.y of a host. */
  address(host: string): string;
  fqdn(host: string): string;
  /** hxllm as a person runs it who has exported this lab's inventory and vault password. */
  hxllm(args: string[], options?: { cwd?: string; env?: Record<string, string | undefined> }): Promise<Ran>;
  /** One command on a host, as root unless said otherwise; fails when the host is not reached (ssh's own 255). */
  ssh(host: string, command: string, user?: 'root' | 'agent0' | 'agent1'): Promise<Ran>;
  /** The host stops between two instructions. */
  powerCut(host: string): Promise<void>;
  /** A clean shutdown. */
  powerOff(host: string): Promise<void>;
  /** Boots a host that is off, and waits for its sshd. */
  powerOn(host: string): Promise<void>;
  /** All that it was is gone for good; empty ones of their names are there in their places. */
  destroy(...hosts: string[]): Promise<void>;
  /** `out`: packets are dropped, not refused. */
  cable(host: string, position: 'in' | 'out'): Promise<void>;
  /** Shuts all hosts down and keeps what they are; then boots them from it. */
  freeze(snapshot: string): Promise<void>;
  /** All hosts boot as they were at that snapshot. */
  reset(snapshot: string): Promise<void>;
  down(): Promise<void>;
}

async function must(args: string[]): Promise<void> {
  const { code, stderr } = await hxllm(args);
  if (code !== 0) throw new Error(`hxllm ${args.join(' ')} ended with ${code}:\n${stderr}`);
}

const folderOf = (state: LabState) => state.inventory ?? join(labPaths(state.name).dir, 'inventory');
const toDown = (name: string) => ['lab', 'down', '--name', name];

/** A lab that is up already, as a shared setup has left it. */
export function openLab(name: string): Lab {
  const state = () => needState(name);
  const paths = labPaths(name);
  const folder = folderOf(state());
  const inventory = join(folder, 'dev.ini');
  const own = (host: string) => state().hosts.find((one) => one.short === labHost(host).short)!;
  const env = { HXLLM_INVENTORY: inventory, HXLLM_VAULT_PASSWORD_FILE: paths.vaultPassword };
  return {
    name,
    folder,
    inventory,
    key: paths.key,
    knownHosts: paths.knownHosts,
    vaultPasswordFile: paths.vaultPassword,
    registry: registryUrl(state()),
    address: (host) => own(host).address,
    fqdn: (host) => fqdn(labHost(host)),
    hxllm: (args, options = {}) => hxllm(args, { ...options, env: { ...env, ...options.env } }),
    ssh: async (host, command, user = 'root') => {
      const ran = await run('ssh', [...sshArgs(state(), host, user), '--', command]);
      if (ran.code === 255) throw new Error(`${host} was not reached for ${command}:\n${ran.stderr}`);
      return ran;
    },
    powerCut: (host) => powerCut(state(), labHost(host).short),
    powerOff: (host) => powerOff(state(), labHost(host).short),
    powerOn: async (host) => {
      powerOn(state(), own(host));
      await waitForSsh(state(), own(host));
    },
    destroy: async (...hosts) => {
      const lost = state();
      for (const host of hosts) {
        const { short } = labHost(host);
        await powerCut(lost, short);
        await removeHost(lost, short);
        const left = lost.hosts.find((one) => one.short === short)!;
        left.layers = left.layers.slice(-1); // the distribution's root
      }
      writeState(lost);
      await must(['lab', 'up', '--name', name]);
    },
    cable: (host, position) => cable(state(), labHost(host).machine, position),
    freeze: async (snapshot) => {
      await freezeLab(state(), snapshot);
      await must(['lab', 'up', '--name', name]);
    },
    reset: (snapshot) => must(['lab', 'up', '--name', name, '--from', snapshot]),
    down: () => must(toDown(name)),
  };
}

/** Labs of test runs that were killed before they could take them down. */
async function sweep(): Promise<void> {
  for (const name of labNames()) {
    const pid = Number(/^test-(\d+)-/.exec(name)?.[1]);
    if (!pid) continue;
    try {
      process.kill(pid, 0);
    } catch {
      await must(toDown(name));
    }
  }
}

/** Brings a lab up. Who calls it takes it down; one without a name is swept away later when nobody does. */
export async function labUp(options: LabOptions = {}): Promise<Lab> {
  await sweep();
  const name = options.name ?? `test-${process.pid}-${Date.now().toString(36)}`;
  const hosts = (options.hosts ?? []).flatMap((host) => ['--host', host]);
  const flags = [
    ...hosts,
    '--os',
    options.os ?? 'bookworm',
    ...(options.ollama === false ? ['--no-ollama'] : []),
  ];
  try {
    await must(['lab', 'up', '--name', name, '--dir', join(labPaths(name).dir, 'inventory'), ...flags]);
  } catch (error) {
    await hxllm(toDown(name));
    throw error;
  }
  return openLab(name);
}

/** A lab for the tests of one file, taken down after them however they end. */
export function useLab(options: LabOptions = {}): () => Lab {
  let lab: Lab | undefined;
  beforeAll(async () => {
    lab = await labUp(options);
  });
  afterAll(() => lab?.down());
  return () => {
    if (!lab) throw new Error('the lab is there from beforeAll on');
    return lab;
  };
}
