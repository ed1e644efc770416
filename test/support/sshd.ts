// A real sshd of this machine on a loopback port, with its own keys and configuration in a temporary folder.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HxError } from '../../src/errors.js';
import { connect, type Target } from '../../src/ssh/index.js';

export interface Sshd {
  port: number;
  /** The folder with everything: `id` (the client's key), `known_hosts`, `host_ed25519`. */
  folder: string;
  /** ansible_ssh_common_args that keep the machine's own configuration out. */
  args: string[];
  /** What it said so far. */
  log(): string;
  stop(): Promise<void>;
}

/** A target that logs in there as root. */
export function rootOn(server: Sshd, more: Partial<Target> = {}): Target {
  return {
    name: 'web1',
    address: '127.0.0.1',
    port: server.port,
    user: 'root',
    identities: [join(server.folder, 'id')],
    become: 'none',
    sshArgs: server.args,
    ...more,
  };
}

/** Who one is there. */
export async function whoami(target: Target): Promise<string> {
  const session = await connect(target);
  try {
    return (await session.run('id -un')).stdout.trim();
  } finally {
    session.close();
  }
}

/** The error that a connection ends with; it must be one of the exit code for hosts not reached. */
export async function refusal(target: Target): Promise<HxError> {
  const error = await connect(target).then(
    (session) => session.close(),
    (e: unknown) => e,
  );
  if (!(error instanceof HxError) || error.exitCode !== 4)
    throw new Error(`not refused: ${error}`, { cause: error });
  return error;
}

/** Words for a missing Debian package: the tests need real programs. */
export function need(path: string, debianPackage: string): void {
  if (existsSync(path)) return;
  throw new Error(
    `${path} is missing: these tests run against the real program. apt-get install -y ${debianPackage}`,
  );
}

export async function startSshd(config: string[] = []): Promise<Sshd> {
  need('/usr/sbin/sshd', 'openssh-server');
  need('/usr/bin/ssh-keygen', 'openssh-client');
  const folder = mkdtempSync(join(tmpdir(), 'hxllm-sshd-'));
  const port = await freePort();
  for (const [file, type] of [
    ['host_ed25519', 'ed25519'],
    ['host_ecdsa', 'ecdsa'],
    ['id', 'ed25519'],
  ] as const) {
    keygen('-q', '-t', type, '-N', '', '-C', file, '-f', join(folder, file));
  }
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(join(folder, 'id.pub')), { mode: 0o644 });
  writeFileSync(join(folder, 'known_hosts'), knownHosts(folder, `[127.0.0.1]:${port}`, 'host_ed25519'));
  writeFileSync(join(folder, 'ssh_config'), '');
  // sshd wants this folder, root-owned; a service would have made it
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host_ed25519')}`,
    `HostKey ${join(folder, 'host_ecdsa')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    `PidFile ${join(folder, 'pid')}`,
    'StrictModes no',
    'UsePAM no',
    'PermitRootLogin yes',
    // bash started by sshd reads ~/.bashrc unless it thinks it is an inner shell: a developer's own may take 200 ms
    'SetEnv SHLVL=5',
    ...config,
  ];
  // the first value wins in sshd_config, so a test's own lines go first
  writeFileSync(join(folder, 'sshd_config'), [...config, ...lines].join('\n') + '\n');
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(folder, 'sshd_config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = () => child.kill();
  process.once('exit', kill); // also when a test run ends before its afterAll
  let log = '';
  child.stderr.on('data', (chunk) => {
    log += chunk;
  });
  await answering(port, child, () => log);
  const args = ['-F', join(folder, 'ssh_config'), '-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`];
  args.push('-o', 'GlobalKnownHostsFile=none');
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    kill();
    process.off('exit', kill);
    await ended;
    rmSync(folder, { recursive: true });
  };
  return { port, folder, args, log: () => log, stop };
}

/** One line for known_hosts. */
export function knownHosts(folder: string, names: string, key: string): string {
  const [type, data] = readFileSync(join(folder, `${key}.pub`), 'utf8').split(' ');
  return `${names} ${type} ${data}\n`;
}

export function keygen(...args: string[]): string {
  return execFileSync('ssh-keygen', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function answering(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) break;
    const open = await new Promise<boolean>((resolve) => {
      const socket = dial(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`sshd did not start: ${log()}`);
}
