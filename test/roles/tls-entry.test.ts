// One port for TLS and for who forgot it: its first byte tells them apart, however the rest of a hello comes.
import { request } from 'node:https';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folder } from '../inventory/folder.js';
import { COMPLETED } from '../stack/inventory.js';
import { selfSigned } from '../support/certificates.js';
import { fileOf } from './fleet.js';
import { ask, freePort, gatewayOf, runHaproxy, serve } from './own-haproxy.js';

const pair = selfSigned('DNS:gw');
const root = folder({ 'gw.pem': pair.certificate, 'both.pem': pair.certificate + pair.key, map: '' });
const ends: (() => void)[] = [];
let port = 0;

beforeAll(async () => {
  port = await freePort();
  const litellm = await serve((_, answer) => answer.end('done'));
  const tls = `litellm_tls_certificate: ${join(root, 'gw.pem')}\nlitellm_tls_key: ${JSON.stringify(pair.key)}\n`;
  const text = (await fileOf('/etc/haproxy/haproxy.cfg', `${COMPLETED}${tls}`))
    .replaceAll('abns@hxllm-', `abns@test-${process.pid}-`)
    .replace('/etc/haproxy/litellm.pem', join(root, 'both.pem'));
  const at = { port, litellm: litellm.port, map: join(root, 'map') };
  const haproxy = await runHaproxy(gatewayOf(text, at), `http://127.0.0.1:${port}/v1/models`);
  ends.push(haproxy.stop, litellm.stop);
});
afterAll(() => {
  for (const end of ends) end();
});

/** A way on which the first bytes come alone, and the others later: a hello of a new browser is larger than a segment. */
async function inPieces(first: number): Promise<number> {
  const relay = createServer((client) => {
    const server = connect(port, '127.0.0.1');
    server.setNoDelay(true);
    client.once('data', (hello) => {
      server.write(hello.subarray(0, first));
      setTimeout(() => {
        server.write(hello.subarray(first));
        client.pipe(server);
      }, 150);
    });
    server.pipe(client);
    for (const socket of [client, server]) socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', () => resolve()));
  ends.push(() => relay.close());
  return (relay.address() as AddressInfo).port;
}

const over = (at: number) =>
  new Promise<string>((resolve, reject) => {
    const options = {
      port: at,
      host: '127.0.0.1',
      path: '/v1/models',
      servername: 'gw',
      agent: false as const,
    };
    request({ ...options, ca: pair.certificate }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece)).on('end', () => resolve(`${answer.statusCode} ${text}`));
    })
      .on('error', reject)
      .end();
  });

test.each([1, 5, 100])('a hello whose first %i bytes come alone is TLS', async (first) => {
  expect(await over(await inPieces(first))).toBe('200 done');
});

test('who asks without TLS is told where to go', async () => {
  const { status, text } = await ask(`http://127.0.0.1:${port}/v1/chat/completions`);
  expect([status, text]).toEqual([400, expect.stringContaining('use https://gw:4000/v1')]);
});
