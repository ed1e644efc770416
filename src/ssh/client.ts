// The one door to node-ssh: a connection, its channels and how it is lost.
import type { Duplex } from 'node:stream';
import { type Config, NodeSSH } from 'node-ssh';
import { type Agent, sorted } from './agent.js';
import { type Attempt, authHandler, type Tried } from './auth.js';
import { type Connection, spareRoundTrips } from './round-trips.js';
import type { ExecOptions, Transport } from './transport.js';

export interface ClientOptions {
  sock: Duplex;
  user: string;
  agent: string | undefined;
  attempts: Attempt[];
  hostKeyAlgorithms: string[];
  verify: (key: Buffer) => Promise<void>;
  trace?: (line: string) => void;
}

export class Client implements Transport {
  readonly #ssh = new NodeSSH();
  /** True once keys are exchanged: before that, a lost connection is usually sshd's MaxStartups. */
  greeted = false;
  readonly tried: Tried = { labels: [], offered: undefined };
  lost: Error | undefined;
  #ended = false;
  #sock: Duplex | undefined;

  async connect(options: ClientOptions): Promise<void> {
    const { sock, user, agent, trace } = options;
    this.#sock = sock;
    let refused: unknown;
    const config: Config = {
      sock: sock as NonNullable<Config['sock']>,
      username: user,
      readyTimeout: 0, // the caller's deadline covers the socket too
      keepaliveInterval: 2000,
      keepaliveCountMax: 3,
      algorithms: { serverHostKey: options.hostKeyAlgorithms as never },
      hostVerifier: (key: Buffer, done: (ok: boolean) => void) => {
        options.verify(key).then(
          () => done(true),
          (error) => {
            refused = error;
            done(false);
          },
        );
      },
      ...(agent === undefined ? {} : { agent }),
      authHandler: authHandler(user, options.attempts, this.tried, (attempt) => {
        const own = (this.#ssh.connection as unknown as { config: { agent?: Agent } } | null)?.config.agent;
        return own && sorted(own, attempt, trace);
      }) as never,
    };
    const pending = this.#ssh.connect(config);
    // node-ssh takes its own listener away at `ready`; a reset after that would end the process (steelbrain/node-ssh#421)
    const connection = this.#ssh.connection;
    connection?.setMaxListeners(0);
    connection?.on('error', (error: Error) => {
      this.lost ??= error;
    });
    connection?.once('handshake', () => {
      this.greeted = true;
    });
    if (connection) spareRoundTrips(connection as unknown as Connection);
    connection?.on('close', () => {
      this.#ended = true;
      this.lost ??= new Error('the connection was closed');
    });
    try {
      await pending;
    } catch (error) {
      throw refused ?? error;
    }
  }

  get connected(): boolean {
    return !this.#ended && this.lost === undefined;
  }

  onClose(listener: () => void): void {
    if (this.connected && this.#ssh.connection) this.#ssh.connection.on('close', listener);
    else listener();
  }

  /** node-ssh's own keeps all output, which may have no end. */
  exec(command: string, options: ExecOptions): Promise<{ code: number | null; signal: string | null }> {
    return new Promise((resolve, reject) => {
      const { connection } = this.#ssh;
      if (!connection || !this.connected) return reject(new Error('Not connected'));
      connection.once('error', reject);
      connection.exec(command, (error, channel) => {
        connection.off('error', reject);
        if (error) return reject(error);
        const end: { code: number | null; signal: string | null } = { code: null, signal: null };
        options.onChannel(channel);
        channel.on('data', options.onStdout);
        channel.stderr.on('data', options.onStderr);
        channel.on('exit', (code: number | null, signal?: string) => {
          end.code = code ?? null;
          end.signal = signal ?? null;
        });
        channel.on('close', () => resolve(end));
        options.stdin.pipe(channel);
      });
    });
  }

  /** async: of a connection that is lost node-ssh throws, and whoever listens on a socket cannot catch that. */
  async forward(address: string, port: number): Promise<Duplex> {
    return this.#ssh.forwardOut('127.0.0.1', 0, address, port);
  }

  close(): void {
    this.#ssh.dispose();
    // a host that is gone never answers the goodbye: its socket would keep the process alive
    setTimeout(() => this.#sock?.destroy(), 500).unref();
  }
}
