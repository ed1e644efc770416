// HAProxy in front of Open WebUI, the real program: pages and websockets pass, and nobody says for another where they come from.
import { createHash } from 'node:crypto';
import { createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { common, webuiSection } from '../../src/roles/haproxy.js';
import type { WebuiHost } from '../../src/stack/stack.js';
import { freePort, headOf, runHaproxy } from './own-haproxy.js';

/** Of the protocol: HAProxy looks whether the answer fits. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const webui = createServer((asked, answer) => answer.end(JSON.stringify(asked.headers)));
webui.on('upgrade', ({ headers }, socket) => {
  const accept = createHash('sha1').update(`${headers['sec-websocket-key']}${GUID}`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on('data', (piece) => socket.write(`echo ${piece}`));
});

let port: number;
let haproxy: { stop(): void };
beforeAll(async () => {
  await new Promise<void>((resolve) => webui.listen(0, '127.0.0.1', () => resolve()));
  port = await freePort();
  const host = { port, bindHost: '127.0.0.1', bindPort: (webui.address() as AddressInfo).port } as WebuiHost;
  const configuration = `${headOf(`${common(600)}\nfrontend `)}\n${webuiSection(host)}`;
  haproxy = await runHaproxy(configuration, `http://127.0.0.1:${port}/`);
});
afterAll(() => {
  haproxy?.stop();
  webui.closeAllConnections();
  webui.close();
});

it('a page, with the address that it was asked from', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https' };
  const answer = await fetch(`http://127.0.0.1:${port}/`, { headers });
  expect(await answer.json()).toMatchObject({
    host: `127.0.0.1:${port}`,
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
  });
});

it('a websocket, both ways', async () => {
  const said = await new Promise<string>((resolve, reject) => {
    const asked = request({
      port,
      host: '127.0.0.1',
      path: '/ws/socket.io/',
      headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': btoa('0123456789abcdef') },
    });
    asked.on('upgrade', (_, socket: Socket) => {
      socket.write('hello');
      socket.once('data', (piece) => {
        socket.destroy();
        resolve(String(piece));
      });
    });
    asked.on('response', ({ statusCode }) => reject(new Error(`${statusCode}`)));
    asked.on('error', reject);
    asked.end();
  });
  expect(said).toBe('echo hello');
});
