// What carries commands to a host: an SSH connection, or this machine when it is the host itself.
import type { Duplex, Readable } from 'node:stream';

export interface Channel {
  close(): void;
  pause(): void;
  resume(): void;
}

export interface ExecOptions {
  stdin: Readable;
  onChannel: (channel: Channel) => void;
  onStdout: (chunk: Buffer) => void;
  onStderr: (chunk: Buffer) => void;
}

export interface Transport {
  readonly connected: boolean;
  /** Why it ended; undefined while it lives. */
  readonly lost: Error | undefined;
  /** Resolves when the channel is closed; code and signal are null when that was not the command's own end. */
  exec(line: string, options: ExecOptions): Promise<{ code: number | null; signal: string | null }>;
  /** A stream to an address as the host sees it. */
  forward(address: string, port: number): Promise<Duplex>;
  /** Called at once when it is closed already. */
  onClose(listener: () => void): void;
  close(): void;
}
