// An SSH server in this process whose faults can be chosen: the one door to ssh2 in the tests.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, connect as dial, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type ServerChannel } from 'ssh2';
import { HxError } from '../../src/errors.js';
import { type ConnectOptions, connect, type Session, type Target } from '../../src/ssh/index.js';

/** One exec request: what was asked, the channel to answer on, and the socket below it. */
export interface Request {
  command: string;
  channel: ServerChannel;
  socket: Socket;
  /** All of stdin up to its end. */
  stdin(): Promise<string>;
}

export interface FaultyServer {
  port: number;
  folder: string;
  /** ansible_ssh_common_args that make its host key known. */
  args: string[];
  /** TCP connections so far. */
  connections: number;
  stop(): Promise<void>;
}

export interface Behaviour {
  /** Called for each new TCP connection; `false` = the test does with it what it likes, no SSH is spoken. */
  onSocket?: (socket: Socket, count: number) => boolean | undefined;
  onExec?: (request: Request) => void;
}

/** A connection to it. */
export function reach(
  server: FaultyServer,
  options?: ConnectOptions,
  more: Partial<Target> = {},
): Promise<Session> {
  const sshArgs = [...server.args, '-o', 'IdentityAgent=none'];
  const target: Target = {
    name: 'web1',
    address: '127.0.0.1',
    port: server.port,
    user: 'root',
    become: 'none',
  };
  return connect({ ...target, identities: ['/no/such/key'], sshArgs, ...more }, options);
}

/** What a promise is rejected with. */
export async function errorOf(work: Promise<unknown>): Promise<HxError> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (!(error instanceof HxError)) throw new Error(`not an HxError: ${error}`, { cause: error });
  return error;
}

export async function startServer({ onSocket, onExec }: Behaviour): Promise<FaultyServer> {
  const folder = mkdtempSync(join(tmpdir(), 'hxllm-server-'));
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'host')]);
  const sockets = new Set<Socket>();
  const ssh = new ssh2.Server({ hostKeys: [readFileSync(join(folder, 'host'))] });
  ssh.on('connection', (client) => {
    const socket = [...sockets].at(-1) as Socket;
    client.on('authentication', (context) => context.accept());
    client.on('error', () => {});
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        const chunks: Buffer[] = [];
        const ended = new Promise<string>((resolve) => {
          channel.on('data', (chunk: Buffer) => chunks.push(chunk));
          channel.on('end', () => resolve(Buffer.concat(chunks).toString()));
        });
        onExec?.({ command, channel, socket, stdin: () => ended });
      });
    });
  });
  const server: FaultyServer = { port: 0, folder, args: [], connections: 0, stop };
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    server.connections += 1;
    if (onSocket?.(socket, server.connections) === false) return;
    ssh.injectSocket(socket);
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  server.port = (tcp.address() as { port: number }).port;
  execFileSync('sh', ['-c', `echo "[127.0.0.1]:${server.port} $(cat host.pub)" > known_hosts; : > config`], {
    cwd: folder,
  });
  server.args = ['-F', join(folder, 'config'), '-o', `UserKnownHostsFile=${join(folder, 'known_hosts')}`];
  return server;

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => tcp.close(resolve));
    rmSync(folder, { recursive: true });
  }
}

/** A port that drops what comes, as a firewall does: the queue of a stopped listener is full. */
export async function startSilence(address = '127.0.0.1'): Promise<{ port: number; stop(): Promise<void> }> {
  const program = `const s = require('net').createServer().listen({ port: 0, host: '${address}', backlog: 1 }, () => console.log(s.address().port))`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((resolve) =>
    child.stdout.once('data', (text) => resolve(Number(text))),
  );
  child.kill('SIGSTOP');
  const fill = Array.from({ length: 4 }, () => dial(port, '127.0.0.1').on('error', () => {}));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const stop = async () => {
    for (const socket of fill) socket.destroy();
    child.kill('SIGKILL');
  };
  return { port, stop };
}
