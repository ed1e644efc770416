// TLS in front of a server of this process: a certificate on a port of its own.
import { type AddressInfo, connect } from 'node:net';
import { createServer } from 'node:tls';
import type { Pair } from '../support/certificates.js';

export async function tlsFront(url: string, { certificate, key }: Pair) {
  const { hostname, port } = new URL(url);
  const server = createServer({ cert: certificate, key }, (socket) => {
    const inner = connect(Number(port), hostname);
    socket.on('error', () => inner.destroy()).on('close', () => inner.destroy());
    inner.on('error', () => socket.destroy());
    socket.pipe(inner).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
