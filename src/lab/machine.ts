// One lab host as a machine: its file system is mounted, it is switched on and off, its power fails.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { HxError } from '../errors.js';
import { poll } from '../retry.js';
import { command } from '../shell.js';
import type { HostFile } from './files.js';
import { labHost } from './hosts.js';
import { hostPaths } from './paths.js';
import { findByArgument, findInits, type Init, listens, signal, startOf } from './processes.js';
import { attempt, removeTree, run } from './run.js';
import { bridgeOf, type HostState, type LabState, machineOf } from './state.js';

const mounted = (root: string) => readFileSync('/proc/mounts', 'utf8').includes(` ${root} `);

/** Mounts a host's root: its own changes over the read-only layers. */
export async function mountHost(state: LabState, host: HostState): Promise<void> {
  const paths = hostPaths(state.name, host.short);
  if (mounted(paths.root)) return;
  for (const dir of [paths.upper, paths.work, paths.root]) mkdirSync(dir, { recursive: true });
  const options = `lowerdir=${host.layers.join(':')},upperdir=${paths.upper},workdir=${paths.work}`;
  await run('mount', ['-t', 'overlay', `hxllm-lab-${state.name}`, '-o', options, paths.root]);
}

export function writeFiles(root: string, files: HostFile[]): void {
  for (const { path, content, mode = 0o644, owner = 0 } of files) {
    const file = join(root, path);
    if (mkdirSync(dirname(file), { recursive: true, mode: mode === 0o600 ? 0o700 : 0o755 }))
      chownSync(dirname(file), owner, owner);
    rmSync(file, { force: true }); // the root may have a link there, which must not lead out of it
    writeFileSync(file, content, { mode });
    chmodSync(file, mode);
    chownSync(file, owner, owner);
  }
}

/**
 * The script that a host's power switch is. A reboot from inside ends systemd-nspawn with 133: it is started again.
 * Where systemd does not run the machine, each host gets control groups of its own, so that one host's systemd
 * does not meet the processes of another.
 */
export function powerScript(state: LabState, host: HostState): string {
  const paths = hostPaths(state.name, host.short);
  const machine = machineOf(state, labHost(host.short).machine);
  const nspawn = (...more: string[]) =>
    command(
      ...['systemd-nspawn', '-q', '-D', paths.root, '-M', machine, '--register=no', ...more, '-b'],
      ...['--console=passive', '--link-journal=no', '--resolv-conf=off', '--kill-signal=SIGRTMIN+3'],
      `--network-bridge=${bridgeOf(state)}`,
    );
  return `# made by hxllm lab: switches ${host.short} of lab ${state.name} on; ends when the host is off
keep=
if [ ! -d /run/systemd/system ]; then
  keep=1
  for tree in /sys/fs/cgroup/*/; do
    [ -w "$tree/cgroup.procs" ] || continue
    mkdir -p "$tree/hxllm-lab/${machine}" && echo $$ > "$tree/hxllm-lab/${machine}/cgroup.procs"
  done 2>/dev/null
fi
while :; do
  if [ "$keep" ]; then ${nspawn('--keep-unit')}; else ${nspawn()}; fi
  [ $? = 133 ] || break
done
`;
}

const initsOf = (state: LabState, short: string) =>
  findInits().filter((init) => init.lab === state.name && init.short === short);

/** Switches a host on; returns at once. */
export function powerOn(state: LabState, host: HostState): void {
  const paths = hostPaths(state.name, host.short);
  writeFileSync(paths.script, powerScript(state, host), { mode: 0o700 });
  const log = openSync(paths.console, 'a', 0o600);
  // own session: neither the end of hxllm nor its Ctrl-C ends a host
  spawn('sh', [paths.script], { detached: true, stdio: ['ignore', log, log], cwd: '/' }).unref();
}

/** The first line that sshd says, or undefined when nobody answers. */
export function greeting(address: string, timeoutMs = 1000): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22 });
    const end = (line?: string) => {
      socket.destroy();
      resolve(line);
    };
    socket.setTimeout(timeoutMs, () => end());
    socket.on('error', () => end());
    socket.on('close', () => end());
    socket.on('data', (data) => end(data.toString().split(/\r?\n/)[0]));
  });
}

export async function waitForSsh(state: LabState, host: HostState, timeoutMs = 30_000): Promise<void> {
  let init: Init | undefined;
  const attemptOnce = async () => {
    if (!init || startOf(init.pid) !== init.started) [init] = initsOf(state, host.short);
    // asked any sooner, the kernel would look for its hardware address in vain and try again only a second later
    if (!init || !listens(init.pid, host.address, 22)) return undefined;
    return (await greeting(host.address, 500))?.startsWith('SSH-') ? true : undefined;
  };
  if (await poll(attemptOnce, { timeoutMs, everyMs: 40 })) return;
  const { console: file } = hostPaths(state.name, host.short);
  const words = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(-3).join('\n') : '';
  throw new HxError({
    code: 'lab',
    message: `${host.short} (${host.address}) has no sshd after ${timeoutMs / 1000} s. ${words}`,
    hint: [
      `Its console: ${file}`,
      `Start anew: hxllm lab down --name ${state.name} && hxllm lab up --name ${state.name}`,
    ],
  });
}

/**
 * Waits until nothing of a host is left: its processes, its systemd-nspawn, its cable. Started any sooner, it would
 * find its root busy, its interface's name taken, or its old self still answering.
 */
async function off(state: LabState, short: string, inits: Init[], timeoutMs: number): Promise<boolean> {
  const { script, root } = hostPaths(state.name, short);
  const gone = async () => {
    const isLeft =
      inits.some((init) => startOf(init.pid) === init.started) ||
      [script, root].some((argument) => findByArgument(argument).length > 0);
    return isLeft ? undefined : true;
  };
  if (!(await poll(gone, { timeoutMs, everyMs: 20 }))) return false;
  // the kernel keeps the network of a host that was killed until its last connection has timed out: seconds
  await attempt('ip', ['link', 'delete', `vb-${machineOf(state, labHost(short).machine)}`]);
  return true;
}

/** The host stops between two instructions, as when the power fails. What it wrote before stays written. */
export async function powerCut(state: LabState, short: string): Promise<void> {
  const { script } = hostPaths(state.name, short);
  const inits = initsOf(state, short);
  for (const pid of findByArgument(script)) signal(pid, 'SIGKILL'); // first, or it would take the end for a reboot
  // killing only systemd-nspawn leaves the host running as an orphan; its init takes all with it
  for (const init of inits) signal(init.pid, 'SIGKILL');
  if (await off(state, short, inits, 10_000)) return;
  throw new HxError({
    code: 'lab',
    message: `${short} of lab ${state.name} does not end`,
    hint: 'ps -ef | grep nspawn',
  });
}

/** Shuts a host down as an operator would; cuts its power when that takes too long. */
export async function powerOff(state: LabState, short: string): Promise<void> {
  const inits = initsOf(state, short);
  const [init] = inits;
  if (init?.parentName === 'systemd-nspawn') {
    signal(init.parent, 'SIGTERM'); // which passes the clean shutdown signal on
    if (await off(state, short, inits, 10_000)) return;
  }
  await powerCut(state, short);
}

export async function unmountHost(state: LabState, short: string): Promise<void> {
  const { root } = hostPaths(state.name, short);
  while (mounted(root)) await run('umount', [root]);
}

/** Unmounts a host and removes everything that it was. */
export async function removeHost(state: LabState, short: string): Promise<void> {
  const paths = hostPaths(state.name, short);
  await unmountHost(state, short);
  await removeTree(paths.dir);
}
