// How often a login waits for the other side: counted, since counts are stable where seconds are not.

import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../src/ssh/index.js';
import { type Connection, spareRoundTrips } from '../../src/ssh/round-trips.js';
import { knownHosts, rootOn, type Sshd, startSshd } from '../support/sshd.js';

let sshd: Sshd;
beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd?.stop());

const ONE_WAY_MS = 40;

/** A far sshd. `turns`: how often the client has spoken after it had heard something: first sshd's name. */
async function far() {
  const seen = { turns: 0, port: 0 };
  let isHeard = false;
  const late = (to: Socket, onArrival: () => void) => (chunk: Buffer) =>
    setTimeout(() => {
      onArrival();
      to.write(chunk);
    }, ONE_WAY_MS);
  const server = createServer({ noDelay: true }, (client) => {
    const host = dial({ port: sshd.port, host: '127.0.0.1', noDelay: true });
    client.on('data', () => {
      seen.turns += Number(isHeard);
      isHeard = false;
    });
    client.on(
      'data',
      late(host, () => {}),
    );
    host.on(
      'data',
      late(client, () => {
        isHeard = true;
      }),
    );
    for (const [one, other] of [[client, host] as const, [host, client] as const])
      one.on('close', () => other.destroy()).on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  seen.port = (server.address() as AddressInfo).port;
  const file = join(sshd.folder, 'known_far');
  writeFileSync(file, knownHosts(sshd.folder, `[127.0.0.1]:${seen.port}`, 'host_ed25519'));
  return { seen, file, close: () => server.close() };
}

it('a server that tells its signatures late is asked for the login once', () => {
  // no real server with OpenSSH's name does it: ssh2's inside is played
  const said: string[] = [];
  const handlers = { EXT_INFO: () => {}, SERVICE_ACCEPT: () => said.push('login'), GLOBAL_REQUEST: () => {} };
  const connection = new EventEmitter();
  Object.assign(connection, {
    _remoteVer: 'OpenSSH_9.9',
    _protocol: { _handlers: handlers, authPK: () => {} },
  });
  spareRoundTrips(connection as unknown as Connection);
  return new Promise<void>((done) => {
    connection.emit('handshake');
    process.nextTick(() => {
      expect(said).toEqual([]);
      handlers.SERVICE_ACCEPT();
      handlers.EXT_INFO();
      expect(said).toEqual(['login']);
      done();
    });
  });
});

it('three answers to a login: with what, the exchange, and who one is', async () => {
  const { seen, file, close } = await far();
  const sshArgs = ['-o', `UserKnownHostsFile=${file}`, '-o', 'IdentityAgent=none', ...sshd.args];
  const session = await connect(rootOn(sshd, { port: seen.port, sshArgs }));
  expect(seen.turns).toBe(3);
  expect((await session.run('id -un')).stdout).toBe('root\n');
  session.close();
  close();
});
