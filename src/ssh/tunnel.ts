// A port on this machine that leads to an address as the host sees it.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { messageOf } from '../errors.js';
import type { Transport } from './transport.js';
import type { Tunnel } from './types.js';

export async function openTunnel(client: Transport, address: string, port: number): Promise<Tunnel> {
  let refused: string | undefined;
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {}); // a client that goes away is its own affair
    client.forward(address, port).then(
      (channel) => {
        channel.on('error', () => socket.destroy());
        channel.on('close', () => socket.destroy());
        socket.on('close', () => channel.destroy());
        socket.pipe(channel).pipe(socket);
      },
      // refused over there: refused here
      (error) => {
        refused = messageOf(error).replace(/^.*Channel open failure: /, '');
        socket.resetAndDestroy();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  const listening = server.address() as AddressInfo;
  client.onClose(close);
  return { port: listening.port, close, refused: () => refused };
}
