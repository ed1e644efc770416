// A connection as the rest of hxllm sees it: run, open, upload, tunnel, close.
import { HxError } from '../errors.js';
import { type Place, start } from './exec.js';
import { openTunnel } from './tunnel.js';
import type { Exec, Running, RunOptions, Session } from './types.js';
import { uploadFile } from './upload.js';

export function sessionOf(place: Place, close: () => void, trace?: (line: string) => void): Session {
  const { name, client } = place;
  const closers = new Set<() => void>();

  const open = (script: string, options: RunOptions = {}): Running => {
    const show =
      trace && ((mark: string, text: string) => text && trace(`${name} ${mark} ${text.trimEnd()}`));
    show?.('>', script);
    const { input, done } = start(place, [options.shell ?? 'sh', '-s'], options);
    input.write(script);
    if (show) {
      done.then(
        ({ code, stdout, stderr }) => {
          show('<', stdout);
          show('!', stderr);
          show('=', `exit code ${code ?? 'unknown: connection lost'}`);
        },
        () => {},
      );
    }
    return {
      write: (text) => void (input.writable && input.write(text)),
      end: () => void input.end(),
      done,
    };
  };

  return {
    name,
    open,
    async run(script, options = {}): Promise<Exec> {
      const running = open(script, { timeoutMs: 60_000, ...options });
      running.end();
      return whole(place, await running.done);
    },
    async upload(localPath, remotePath, options = {}) {
      await uploadFile(place, localPath, remotePath, options);
    },
    async tunnel(address, port) {
      const tunnel = await openTunnel(client, address, port);
      closers.add(tunnel.close);
      return tunnel;
    },
    close() {
      for (const end of closers) end();
      client.close();
      close();
    },
  };
}

/** Refuses a result without an exit code: ssh2 resolves when the connection is lost (facts/libraries.md 0.4). */
export function whole({ name, client }: Place, result: Exec): Exec {
  if (result.code !== null) return result;
  throw new HxError({
    code: 'connection-lost',
    where: name,
    message: `the connection was lost before the command ended${client.lost ? ` (${client.lost.message})` : ''}`,
    hint: 'whether it finished is not known: run the same again, hxllm looks first',
    cause: client.lost,
  });
}
