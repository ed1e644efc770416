// A stranger to the lab's hosts, a connection that outlives a change, and a change that stops when the filter is loaded.
import { connect } from 'node:net';
import { sleep } from '../../../src/retry.js';
import type { Lab } from '../../support/lab.js';
import { inside } from './running.js';
import { onHost } from './search.js';
import { GATEWAY } from './stack.js';

/** What a stranger meets at a port: `open`, `ECONNREFUSED`, `timeout`. */
export function metAt(address: string, port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: 3000 });
    const end = (word: string) => {
      socket.destroy();
      resolve(word);
    };
    socket.on('connect', () => end('open'));
    socket.on('timeout', () => end('timeout'));
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}

/** What a stranger meets at a port from now on, until it is stopped. */
export function meeting(address: string, port: number): { stop(): Promise<Set<string>> } {
  const seen = new Set<string>();
  let over = false;
  const asking = (async () => {
    while (!over) {
      seen.add(await metAt(address, port));
      await sleep(20);
    }
  })();
  return {
    async stop() {
      over = true;
      await asking;
      return seen;
    },
  };
}

/** A connection from the gateway that is opened now and asks when /run/go is there. */
export function heldByGateway(lab: Lab, host: string): Promise<string> {
  const script = `exec 3<>/dev/tcp/${lab.address(host)}/11434
for i in $(seq 600); do [ -e /run/go ] && break; sleep 0.1; done
printf "GET /api/version HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n" >&3; head -n 1 <&3`;
  onHost(lab, GATEWAY, 'rm -f /run/go');
  return inside(lab, GATEWAY, `bash -c '${script}'`).then(({ stdout }) => stdout);
}

/** A change that stops when the filter is loaded. */
export const HANGS = `cat > /usr/local/sbin/systemctl <<'END'
#!/bin/sh
/usr/bin/systemctl "$@"; code=$?
case "$*" in 'reload-or-restart hxllm-filter.service') touch /run/reached; sleep 60 ;; esac
exit $code
END
chmod 0755 /usr/local/sbin/systemctl`;
