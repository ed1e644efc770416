// The one door to node-ssh: a connection, its channels and how it is lost.
import type { Duplex, Readable } from 'node:stream';
import { type Config, NodeSSH, type SSHExecCommandOptions } from 'node-ssh';
import { type Attempt, stillOffered } from './auth.js';

export type Channel = Parameters<NonNullable<SSHExecCommandOptions['onChannel']>>[0];
type PublicKey = { getPublicSSH(): Buffer };
interface Agent {
  getIdentities(done: (error?: Error | null, keys?: PublicKey[]) => void): void;
}

export interface ClientOptions {
  sock: Duplex;
  user: string;
  agent: string | undefined;
  attempts: Attempt[];
  hostKeyAlgorithms: string[];
  verify: (key: Buffer) => Promise<void>;
  trace?: (line: string) => void;
}

export interface ExecOptions {
  stdin: Readable;
  onChannel: (channel: Channel) => void;
  onStdout: (chunk: Buffer) => void;
  onStderr: (chunk: Buffer) => void;
}

export class Client {
  readonly #ssh = new NodeSSH();
  /** True once keys are exchanged: before that, a lost connection is usually sshd's MaxStartups. */
  greeted = false;
  /** What was tried, and what the server said it takes. */
  readonly tried: string[] = [];
  offered: readonly string[] | undefined;
  /** Why the connection ended; undefined while it lives. */
  lost: Error | undefined;
  #ended = false;
  #sock: Duplex | undefined;

  async connect({
    sock,
    user,
    agent,
    attempts,
    hostKeyAlgorithms,
    verify,
    trace,
  }: ClientOptions): Promise<void> {
    this.#sock = sock;
    let refused: unknown;
    const left = [...attempts];
    let answered = false;
    const config: Config = {
      sock: sock as NonNullable<Config['sock']>,
      username: user,
      readyTimeout: 0, // the caller's deadline covers the socket too
      keepaliveInterval: 2000,
      keepaliveCountMax: 3,
      algorithms: { serverHostKey: hostKeyAlgorithms as never },
      hostVerifier: (key: Buffer, done: (ok: boolean) => void) => {
        verify(key).then(
          () => done(true),
          (error) => {
            refused = error;
            done(false);
          },
        );
      },
      ...(agent === undefined ? {} : { agent }),
      authHandler: ((methodsLeft: string[] | null) => {
        if (methodsLeft !== null) this.offered = methodsLeft;
        for (;;) {
          const attempt = left.shift();
          if (attempt === undefined) return false;
          if (!stillOffered(attempt, methodsLeft)) continue;
          // a wrong password counts once: hosts lock accounts
          if (attempt.type === 'password' && answered) continue;
          this.tried.push(attempt.label);
          if (attempt.type === 'agent') {
            const filtered = this.#agent(attempt, trace);
            if (filtered === undefined) continue;
            return { type: 'agent', username: user, agent: filtered };
          }
          if (attempt.type === 'publickey') return { type: 'publickey', username: user, key: attempt.key };
          if (attempt.type === 'none') return { type: 'none', username: user };
          if (attempt.type === 'password')
            return { type: 'password', username: user, password: attempt.password };
          const prompt = (
            _n: string,
            _i: string,
            _l: string,
            prompts: unknown[],
            finish: (a: string[]) => void,
          ) => {
            // the second question is a one-time code or the same question again: no answer to either
            finish(prompts.map((_, index) => (index === 0 && !answered ? attempt.password : '')));
            answered = true;
          };
          return { type: 'keyboard-interactive', username: user, prompt };
        }
      }) as never,
    };
    const pending = this.#ssh.connect(config);
    // node-ssh takes its own listener away at `ready`; a reset after that would end the process (steelbrain/node-ssh#421)
    const connection = this.#ssh.connection;
    connection?.setMaxListeners(0);
    connection?.on('error', (error: Error) => {
      this.lost ??= error;
    });
    connection?.on('handshake', () => {
      this.greeted = true;
    });
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
    this.#ssh.connection?.on('close', listener);
  }

  /** Resolves when the channel is closed; code and signal are null when the connection was lost. */
  async exec(command: string, options: ExecOptions): Promise<{ code: number | null; signal: string | null }> {
    return this.#ssh.execCommand(command, { ...options, noTrim: true });
  }

  forward(address: string, port: number): Promise<Duplex> {
    return this.#ssh.forwardOut('127.0.0.1', 0, address, port);
  }

  close(): void {
    this.#ssh.dispose();
    // a host that is gone never answers the goodbye: its socket would keep the process alive
    setTimeout(() => this.#sock?.destroy(), 500).unref();
  }

  /** ssh2's own agent with its keys sorted as OpenSSH does, or only the wanted ones; an agent that fails has no keys. */
  #agent({ accepts, only }: Attempt & { type: 'agent' }, trace?: (line: string) => void): Agent | undefined {
    const agent = (this.#ssh.connection as unknown as { config: { agent?: Agent } } | null)?.config.agent;
    if (agent === undefined) return undefined;
    const getIdentities: Agent['getIdentities'] = (done) => {
      agent.getIdentities((error, keys = []) => {
        if (error) trace?.(`the agent cannot be used: ${error.message}`);
        const isWanted = (key: PublicKey) => accepts.includes(key.getPublicSSH().toString('base64'));
        const rest = only ? [] : keys.filter((key) => !isWanted(key));
        done(null, [...keys.filter(isWanted), ...rest]);
      });
    };
    return Object.create(agent, { getIdentities: { value: getIdentities } }) as Agent;
  }
}
