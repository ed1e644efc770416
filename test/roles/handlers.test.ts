// A restart that is put back: the earlier settings may have another address and port, so what the new ones ask says nothing.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { restart } from '../../src/roles/handlers.js';
import { Host } from '../resources/host.js';

/** systemd does not run there: the unit's processes are those of the host. */
const SYSTEMCTL = `case "$*" in *ControlGroup*) cat /run/cg 2>/dev/null ;; *NRestarts*) echo 0 ;; is-failed*) exit 1 ;; esac`;

let host: Host;
beforeAll(async () => {
  host = await Host.start();
  await host.say(`mount -n -t tmpfs own /usr/local/sbin
printf '#!/bin/sh\n%s\n' '${SYSTEMCTL}' > /usr/local/sbin/systemctl; chmod 0755 /usr/local/sbin/systemctl`);
});
afterAll(async () => host?.stop());

it('is done when the unit listens again, wherever that is', async () => {
  const { script, undo } = restart('ollama.service', { ready: 'false', within: 1, port: 11434 });
  const run = async (text: string) =>
    (await host.run(`export PATH=/usr/local/sbin:$PATH; set -e\n${text}`, 'bash')).code;
  const listen = `import socket,time; s=socket.create_server(("127.0.0.1",0)); open("/run/up","w"); time.sleep(60)`;
  await host.say('tail -n 1 /proc/self/cgroup | cut -d: -f3 > /run/cg');
  expect(await run(undo!)).toBe(1);
  await host.say(`setsid python3 -c '${listen}' >/dev/null 2>&1 & until [ -e /run/up ]; do sleep 0.1; done`);
  expect([await run(undo!), await run(script)]).toEqual([0, 1]);
  // it does not run: nobody's processes are its own
  await host.say('rm /run/cg');
  expect(await run(undo!)).toBe(1);
});
