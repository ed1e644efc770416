// A far host: TCP relays on this machine that deliver every byte late, both ways.
import { createServer, connect as dial, type Server, type Socket } from 'node:net';

export interface Relays {
  /** Local port of each host, in the order given. */
  ports: number[];
  close(): Promise<void>;
}

/** Each piece after its time, in order; nothing is lost when the sender ends. */
function late(from: Socket, to: Socket, ms: number): void {
  from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), ms));
  from.on('end', () => setTimeout(() => to.end(), ms));
  from.on('error', () => to.destroy());
  from.on('close', () => setTimeout(() => to.destroy(), ms * 2));
}

function relay(address: string, roundTrip: number): Server {
  const oneWay = roundTrip / 2;
  return createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    // to connect costs a round trip, and the far side takes a connection with the third packet
    const far = dial({ host: address, port: 22, noDelay: true, allowHalfOpen: true });
    far.pause();
    near.pause();
    late(near, far, oneWay);
    late(far, near, oneWay);
    setTimeout(() => {
      far.resume();
      near.resume();
    }, roundTrip);
  });
}

export async function relays(addresses: readonly string[], roundTrip: number): Promise<Relays> {
  const servers = addresses.map((address) => relay(address, roundTrip));
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve) =>
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
        ),
    ),
  );
  const close = async () => {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  };
  return { ports, close };
}
