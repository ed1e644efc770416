// What a connection to a host is to the rest of hxllm.
import type { Secret } from '../secret.js';
import type { Dialer } from './slots.js';
import type { Texts } from './texts.js';

/** How to reach one host: the inventory's ansible_* variables, completed by `ssh -G`. */
export interface Target {
  /** The name in the inventory: for messages. */
  name: string;
  address: string;
  port?: number;
  user?: string;
  /** Private key files, tried in order. */
  identities?: string[];
  password?: Secret;
  /** `sudo` when the user is not root and may become it; `none` = run as the SSH user. */
  become: 'sudo' | 'none';
  becomePassword?: Secret;
  /** Options as the user would give them to ssh (`ansible_ssh_common_args`, split into words). */
  sshArgs?: string[];
  /** Further tries when it is not reached. Default 0. */
  retries?: number;
  /** It is this machine: nothing counts then but the name, `become` and the passwords. */
  local?: true;
}

export interface ConnectOptions {
  /** For the TCP connection, the handshake and the authentication together. Default 10 000. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** One per run, shared by all connections: caps the handshakes per address. */
  dialer?: Dialer;
  /** What they read of this machine, as one reads it for all. */
  texts?: Texts;
  /** Prints scripts sent and replies got (already masked by the caller), for `-v`. */
  trace?: (line: string) => void;
}

export interface Exec {
  /** null when the connection was lost: success is `code === 0` and nothing else. */
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Each whole line of stdout, as it comes. */
  onLine?: (line: string) => void;
  /** Milliseconds until the channel is closed and an error thrown. Default for `run`: 60 000. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Default true. False for output without a known end: it goes to onLine alone, and Exec.stdout stays empty. */
  keep?: boolean;
  /** `bash` when the script needs it (the apply does, for `read -t`). Default `sh`. */
  shell?: 'sh' | 'bash';
}

/** A script whose stdin stays open after it: the controller beats and answers through it. */
export interface Running {
  write(text: string): void;
  end(): void;
  /** The host waits with more output until `resume`; what is on its way still comes. */
  pause(): void;
  resume(): void;
  /** Resolves when the channel closes; code null = connection lost. */
  readonly done: Promise<Exec>;
}

export interface Tunnel {
  port: number;
  close(): void;
  /** What the host said when a connection was last refused over there: `Connection refused`. */
  refused?(): string | undefined;
}

/** One connection to one host, at most 4 channels at once. Everything runs as root (or as the user when become is none). */
export interface Session {
  readonly name: string;
  /** Sends the script on stdin to `sh -s` (never in argv) and waits for its end. Throws HxError `connection-lost`, `sudo`, `host-failed` (timeout). */
  run(script: string, options?: RunOptions): Promise<Exec>;
  /** As `run`, but stdin stays open, and there is no time limit unless one is given. */
  open(script: string, options?: RunOptions): Running;
  /** Writes a local file on the host: beside the path, then renamed, mode 0600 of the user that runs. */
  upload(
    localPath: string,
    remotePath: string,
    options?: { onProgress?: (bytes: number, total: number) => void; signal?: AbortSignal },
  ): Promise<void>;
  /** A local port that leads to `address:port` as the host sees it (no privilege needed). */
  tunnel(address: string, port: number): Promise<Tunnel>;
  close(): void;
}
