// What can go wrong before the handshake, shown by a server in this process.
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Behaviour,
  errorOf,
  type FaultyServer,
  reach,
  startServer,
  startSilence,
} from '../support/ssh-server.js';

const running: { stop(): Promise<void> }[] = [];
afterAll(async () => {
  for (const server of running) await server.stop();
});

async function serve(behaviour: Behaviour): Promise<FaultyServer> {
  const server = await startServer(behaviour);
  running.push(server);
  return server;
}

describe.concurrent('while connecting', () => {
  it('connections that are dropped before the handshake are tried again', async () => {
    const server = await serve({
      onSocket: (socket, count) => {
        if (count > 2) return undefined;
        if (count === 1) socket.end();
        else socket.resetAndDestroy();
        return false;
      },
      onExec: ({ channel }) => {
        channel.exit(0);
        channel.end();
      },
    });
    const session = await reach(server);
    expect((await session.run('true')).code).toBe(0);
    expect(server.connections).toBe(3);
    session.close();
  });

  it('and called unreachable when that does not end', async () => {
    const server = await serve({
      onSocket: (socket) => {
        socket.end('Exceeded MaxStartups\r\n');
        return false;
      },
    });
    const error = await errorOf(reach(server));
    expect(error).toMatchObject({ code: 'unreachable', exitCode: 4 });
    expect(error.message).toContain('ends the connection before the SSH handshake');
    expect(error.suggestions.join()).toContain('MaxStartups');
    expect(server.connections).toBe(5);
  });

  it('a port that speaks no SSH', async () => {
    const server = await serve({
      onSocket: (socket) => {
        socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
        return false;
      },
    });
    expect((await errorOf(reach(server))).code).toBe('unreachable');
  });

  it('a host that accepts and then says nothing', async () => {
    const server = await serve({ onSocket: () => false });
    const error = await errorOf(reach(server, { timeoutMs: 1000 }));
    expect(error.message).toMatch(/accepts the connection, but sends no SSH handshake within 1 s/);
  });

  it('a host that answers nothing', async () => {
    const { port, stop } = await startSilence();
    running.push({ stop });
    const server = await serve({});
    const error = await errorOf(reach(server, { timeoutMs: 300 }, { port }));
    expect(error.code).toBe('unreachable');
    expect(error.message).toMatch(/no answer from 127.0.0.1 port \d+ within 0.3 s/);
  });
});
