// Brings a lab up: what it shall be, written down; then one host after another furnished and switched on.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HxError } from '../errors.js';
import type { Os } from './distributions.js';
import { hostFiles, type Outer } from './files.js';
import { HOSTS, labHost } from './hosts.js';
import { hostKeyFile, hostKeys, loginKey } from './keys.js';
import { greeting, mountHost, powerCut, powerOn, removeHost, waitForSsh, writeFiles } from './machine.js';
import { claimSubnet, outerMtu } from './network.js';
import { hostPaths, labPaths, MARK } from './paths.js';
import { findInits } from './processes.js';
import { registryRuns } from './registry-process.js';
import { rootDir } from './rootfs.js';
import { run } from './run.js';
import { type HostState, type LabState, readState, subnet, writeAtomic, writeState } from './state.js';

export interface Wished {
  name: string;
  os?: Os | undefined;
}

export interface Wish {
  name: string;
  /** Hosts by name, each with its distribution; all that the lab has already, or the usual ones, when empty. */
  hosts: Wished[];
  /** For all hosts that do not say otherwise; bookworm when undefined. */
  os?: Os | undefined;
  model?: string | undefined;
  /** Start every host from this snapshot. */
  from?: string | undefined;
}

/** The hosts that are wished for, in the order of the table. */
export function wishedHosts(wish: Pick<Wish, 'hosts' | 'os'>, octet: number): HostState[] {
  const { os: all = 'bookworm' } = wish;
  const named = wish.hosts.map(({ name, os }) => ({ host: labHost(name), os: os ?? all }));
  const usual = HOSTS.filter((host) => host.usual).map((host) => ({ host, os: all }));
  const wanted = named.length > 0 ? named : usual;
  return HOSTS.flatMap((host) => {
    const found = wanted.find((one) => one.host === host);
    if (!found) return [];
    return [
      {
        short: host.short,
        os: found.os,
        address: `${subnet(octet)}.${host.octet}`,
        layers: [rootDir(found.os)],
      },
    ];
  });
}

/** Adds the hosts that are new; a host keeps its distribution as long as it lives. */
export function mergeHosts(have: HostState[], wish: Pick<Wish, 'hosts' | 'os'>, octet: number): HostState[] {
  const named =
    wish.hosts.length > 0 || have.length === 0
      ? wish.hosts
      : have.map((host): Wished => ({ name: host.short }));
  const wanted = wishedHosts({ ...wish, hosts: named }, octet);
  const isSaid = (short: string) =>
    wish.os !== undefined ||
    named.some((host) => labHost(host.name).short === short && host.os !== undefined);
  const old = (host: HostState) => have.find((one) => one.short === host.short);
  const other = wanted.find((host) => isSaid(host.short) && old(host) && old(host)?.os !== host.os);
  if (other) {
    throw new HxError({
      code: 'usage',
      message: `${other.short} is there already and is ${old(other)?.os}, not ${other.os}`,
      hint: 'hxllm lab down first, or another lab beside it: --name NAME',
    });
  }
  return [...have, ...wanted.filter((host) => !old(host))];
}

/** What the lab shall be. From here on `lab down` knows it, whatever happens next. */
export async function planLab(wish: Wish): Promise<LabState> {
  const have = readState(wish.name);
  const octet = have?.octet ?? (await claimSubnet(wish.name));
  const hosts = mergeHosts(have?.hosts ?? [], wish, octet);
  const state: LabState = {
    ...(have ?? { schema: 1, name: wish.name, octet, mtu: await outerMtu() }),
    ...(wish.model && { model: wish.model }),
    hosts,
  };
  writeState(state);
  return state;
}

/** Keys, passwords and known_hosts; what is there already stays. */
export async function makeSecrets(state: LabState): Promise<void> {
  const paths = labPaths(state.name);
  for (const file of [paths.sudoPassword, paths.vaultPassword]) {
    if (!existsSync(file)) writeAtomic(file, `${randomBytes(18).toString('base64url')}\n`);
  }
  await Promise.all([loginKey(state.name), hostKeys(state.name, state.octet)]);
}

/** True when the host runs, has its systemd-nspawn and answers as sshd. */
async function isUp(state: LabState, host: HostState): Promise<boolean> {
  const init = findInits().find((one) => one.lab === state.name && one.short === host.short);
  return (
    init?.parentName === 'systemd-nspawn' && (await greeting(host.address, 300))?.startsWith('SSH-') === true
  );
}

export async function isAllUp(state: LabState): Promise<boolean> {
  const up = await Promise.all(state.hosts.map((host) => isUp(state, host)));
  const files = !state.inventory || existsSync(join(state.inventory, 'dev.ini'));
  return up.every(Boolean) && registryRuns(state) && state.inventory !== undefined && files;
}

async function furnish(state: LabState, host: HostState, outer: Outer): Promise<void> {
  const { root } = hostPaths(state.name, host.short);
  const paths = labPaths(state.name);
  const hostKey = hostKeyFile(state.name, host.short);
  const password = readFileSync(paths.sudoPassword, 'utf8').trim();
  await run('chroot', [root, 'chpasswd'], { input: `agent1:${password}\n` });
  const files = hostFiles({
    lab: state.name,
    host: labHost(host.short),
    os: host.os,
    octet: state.octet,
    mtu: state.mtu,
    loginKey: await loginKey(state.name),
    hostKey: { secret: readFileSync(hostKey, 'utf8'), public: readFileSync(`${hostKey}.pub`, 'utf8') },
    outer,
  });
  writeFiles(root, files);
}

/** Switches a host on unless it runs; makes it when it is new. True when there was something to do. */
export async function startHost(
  state: LabState,
  host: HostState,
  outer: () => Promise<Outer>,
): Promise<boolean> {
  if (await isUp(state, host)) return false;
  const { root } = hostPaths(state.name, host.short);
  await powerCut(state, host.short); // what is left of it: an orphan, or one that hangs
  await mountHost(state, host);
  if (!existsSync(join(root, MARK))) {
    // new, or its making was interrupted: the mark is written last
    await removeHost(state, host.short);
    await mountHost(state, host);
    await furnish(state, host, await outer());
  }
  rmSync(hostPaths(state.name, host.short).console, { force: true });
  powerOn(state, host);
  await waitForSsh(state, host);
  return true;
}
