// A connection as the rest of hxllm sees it: run, open, upload, tunnel, close.
import { ended, type Place, start } from './exec.js';
import { openTunnel } from './tunnel.js';
import type { Exec, Running, RunOptions, Session } from './types.js';
import { uploadFile } from './upload.js';

export function sessionOf(place: Place, close: () => void, trace?: (line: string) => void): Session {
  const { name, client } = place;
  const closers = new Set<() => void>();

  const open = (script: string, options: RunOptions = {}): Running => {
    const show = (mark: string, text: string): void => {
      if (text !== '') for (const line of text.trimEnd().split('\n')) trace?.(`${name} ${mark} ${line}`);
    };
    show('>', script);
    const { input, pause, resume, done } = start(place, [options.shell ?? 'sh', '-s'], options);
    input.write(script);
    if (trace) {
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
      pause,
      resume,
      done,
    };
  };

  return {
    name,
    open,
    async run(script, options = {}): Promise<Exec> {
      const running = open(script, { timeoutMs: 60_000, ...options });
      running.end();
      return ended(place, await running.done);
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
