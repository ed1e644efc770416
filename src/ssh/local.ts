// This machine as a host of its own inventory (ansible_connection=local): commands, streams and their end without SSH.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import type { Duplex } from 'node:stream';
import type { ExecOptions, Transport } from './transport.js';

/** As a login over SSH has it: what the person's own shell has set (PYTHONPATH, OLLAMA_HOST, a key) is none of a host's. */
function environment(): NodeJS.ProcessEnv {
  const { username, homedir, shell } = userInfo();
  return {
    ...everybodys(),
    HOME: homedir,
    LOGNAME: username,
    USER: username,
    SHELL: shell ?? '/bin/sh',
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    // Node gives a child sockets, which bash takes for rshd and reads ~/.bashrc, unless it thinks it is an inner shell
    SHLVL: '1',
  };
}

/** /etc/environment, as PAM reads it: a proxy, usually. */
function everybodys(): NodeJS.ProcessEnv {
  const variables: NodeJS.ProcessEnv = {};
  try {
    const text = readFileSync('/etc/environment', 'utf8');
    for (const [, name = '', value = ''] of text.matchAll(/^\s*(?:export\s+)?(\w+)=(.*?)\s*$/gm))
      variables[name] = value.replace(/^(["'])(.*)\1$/, '$2');
  } catch {
    // there need not be one
  }
  return variables;
}

export class Local implements Transport {
  readonly #closers = new Set<() => void>();
  lost: Error | undefined;

  get connected(): boolean {
    return this.lost === undefined;
  }

  exec(line: string, options: ExecOptions): Promise<{ code: number | null; signal: string | null }> {
    return new Promise((resolve, reject) => {
      if (this.lost) return reject(new Error('Not connected'));
      // a session of its own: Ctrl-C at the terminal is for hxllm, which tells the script in its own way
      const child = spawn('/bin/sh', ['-c', `umask 022; exec ${line}`], {
        cwd: '/',
        detached: true,
        env: environment(),
      });
      const { pid, stdin, stdout, stderr } = child;
      const close = () => {
        // what root runs here may not be told by a user: it sees the end of its stdin, as after a cut
        for (const stream of [stdin, stdout, stderr]) stream.destroy();
        if (pid !== undefined && child.exitCode === null) terminate(pid);
        child.unref();
        ended(null, null);
      };
      const ended = (code: number | null, signal: string | null) => {
        this.#closers.delete(close);
        resolve({ code, signal });
      };
      this.#closers.add(close);
      child.on('error', (error) => {
        this.#closers.delete(close);
        reject(error);
      });
      child.on('close', ended);
      stdin.on('error', () => {}); // EPIPE: its exit tells more
      stdout.on('data', options.onStdout);
      stderr.on('data', options.onStderr);
      options.onChannel({ close, pause: () => stdout.pause(), resume: () => stdout.resume() });
      options.stdin.pipe(stdin);
    });
  }

  forward(address: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      if (this.lost) return reject(this.lost);
      const socket = connect({ host: address, port, noDelay: true, allowHalfOpen: true });
      socket.on('error', reject);
      socket.once('connect', () => resolve(socket));
    });
  }

  onClose(listener: () => void): void {
    if (this.lost) listener();
    else this.#closers.add(listener);
  }

  close(): void {
    this.lost ??= new Error('the connection was closed');
    for (const end of this.#closers) end();
  }
}

/** The whole group, what the script has started with it. Never SIGKILL: a change puts back what it did. */
function terminate(group: number): void {
  try {
    process.kill(-group, 'SIGTERM');
  } catch {
    // ended meanwhile, or root's
  }
}
