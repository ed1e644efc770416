// A change of client keys on a gateway that runs: HAProxy's own map follows at once, in the order that no client notices.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLIENTS_MAP, KEYS } from '../../src/resources/keys.js';
import type { Resource } from '../../src/resources/kind.js';
import { poll } from '../../src/retry.js';
import { Host } from '../resources/host.js';

const SOCKET = '/run/haproxy/admin.sock';
const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
// not every machine that tests has socat
const SOCAT = `#!/usr/bin/python3
import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[-1])
said = sys.stdin.buffer.read(); open('/opt/said', 'ab').write(said)
s.sendall(said); s.shutdown(socket.SHUT_WR)
while piece := s.recv(65536): sys.stdout.buffer.write(piece)
`;
const CONFIGURATION = `global
  stats socket ${SOCKET} level admin
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
frontend f
  bind 127.0.0.1:4999
  http-request set-var(txn.c) req.hdr(k),map(${CLIENTS_MAP},none)
`;

let host: Host;
const path = process.env.PATH;
beforeAll(async () => {
  process.env.PATH = `/opt/bin:${path}`;
  host = await Host.start();
  await host.say(`mkdir -p /opt/bin /etc/litellm /etc/haproxy /run/haproxy; : > /opt/said
getent group litellm >/dev/null || groupadd litellm
cat > /opt/bin/socat <<'EOS'\n${SOCAT}EOS\nchmod +x /opt/bin/socat`);
});
afterAll(async () => {
  process.env.PATH = path;
  await host?.stop();
});

const clients = (map: string): Resource => ({
  kind: 'keys',
  id: 'clients',
  spec: { json: `{"of": ${JSON.stringify(map)}}\n`, map },
});
const running = async () =>
  (await host.say(`echo 'show map ${CLIENTS_MAP}' | socat stdio ${SOCKET}`))
    .split('\n')
    .map((line) => line.replace(/^\S+ /, ''))
    .filter(Boolean)
    .sort();

it('without a HAProxy that runs, the files are written', async () => {
  await host.converge([clients(`${A} alice\n`)]);
  expect(await host.say(`cat ${CLIENTS_MAP}; stat -c '%a %U:%G' ${KEYS} ${CLIENTS_MAP}`)).toBe(
    `${A} alice\n640 root:litellm\n644 root:root\n`,
  );
});

it('the HAProxy that runs knows the new names and forgets the old ones', async () => {
  writeFileSync(`${host.folder}/etc/haproxy/haproxy.cfg`, CONFIGURATION);
  const haproxy = host.open('sh');
  haproxy.stdin.end('echo $$ > /run/haproxy.pid; exec /usr/sbin/haproxy -db -f /etc/haproxy/haproxy.cfg\n');
  try {
    await poll(async () => (await host.run(`[ -S ${SOCKET} ]`)).code === 0 || undefined, {
      timeoutMs: 10_000,
      everyMs: 50,
    });
    expect(await running()).toEqual([`${A} alice`]);
    await host.say(': > /opt/said');
    await host.converge([clients(`${B} bob\n`)]);
    expect(await running()).toEqual([`${B} bob`]);
    // both names while keys.json is replaced
    const said = (await host.say('cat /opt/said')).split('commit map');
    expect(said[0]).toMatch(`${B} bob\n${A} alice\n`);
    expect(said[1]).not.toMatch(A);
    // more than fits into one command
    const many = Array.from({ length: 1000 }, (_, i) => `${String(i).padStart(64, '0')} c${i}`);
    await host.converge([clients(`${many.join('\n')}\n`)]);
    expect(await running()).toEqual(many);
  } finally {
    await host.say('kill $(cat /run/haproxy.pid)');
  }
});

it('a HAProxy that is gone stops nothing', async () => {
  const isDead = async () =>
    (await host.run(`[ -S ${SOCKET} ] && ! socat stdio ${SOCKET} </dev/null`)).code === 0;
  expect(await poll(async () => (await isDead()) || undefined, { timeoutMs: 10_000, everyMs: 50 })).toBe(
    true,
  );
  await host.converge([clients(`${A} alice\n`)]);
  expect(await host.say(`ls /etc/haproxy | grep hxllm || cat ${CLIENTS_MAP}`)).toBe(`${A} alice\n`);
});
