// A session that leads to a host of the tests' own instead of through SSH: the same shells, the same stdin.
import { copyFile } from 'node:fs/promises';
import type { Session } from '../../src/ssh/types.js';
import { type Host, outcome } from '../resources/host.js';

export function sessionTo(host: Host, name = 'web1'): Session {
  return {
    name,
    run: (script) => host.run(script),
    open(script, { onLine, shell = 'sh' } = {}) {
      const running = host.open(shell);
      let rest = '';
      running.stdout.on('data', (piece) => {
        const lines = `${rest}${piece}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) onLine?.(line);
      });
      running.stdin.write(script);
      return {
        write: (text) => void (running.stdin.writable && running.stdin.write(text)),
        end: () => running.stdin.end(),
        pause: () => void running.stdout.pause(),
        resume: () => void running.stdout.resume(),
        done: outcome(running),
      };
    },
    // /tmp is the one folder that the host shares with the machine
    async upload(local, remote) {
      await copyFile(local, `${host.folder}/upload`);
      await host.say(`cp ${host.folder}/upload ${remote}`);
    },
    tunnel: () => Promise.reject(new Error('no tunnel here')),
    close() {},
  };
}
