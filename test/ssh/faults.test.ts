// What a network or a host can do to a command that runs, shown by a server in this process.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Behaviour, errorOf, type FaultyServer, reach, startServer } from '../support/ssh-server.js';

const running: { stop(): Promise<void> }[] = [];
afterAll(async () => {
  for (const server of running) await server.stop();
});

async function serve(behaviour: Behaviour): Promise<FaultyServer> {
  const server = await startServer(behaviour);
  running.push(server);
  return server;
}

describe.concurrent('during a command', () => {
  it('a reset is connection-lost, for it and what comes after, and ends no process', async () => {
    const server = await serve({
      onExec: ({ channel, socket }) => {
        channel.write('partial');
        setTimeout(() => socket.resetAndDestroy(), 50);
      },
    });
    const session = await reach(server);
    const error = await errorOf(session.run('true'));
    expect(error).toMatchObject({ code: 'connection-lost', exitCode: 4 });
    expect(error.message).toContain('ECONNRESET');
    expect((await errorOf(session.run('true'))).code).toBe('connection-lost');
  });

  it('a reset between two commands is met by the next one', async () => {
    let cut = () => {};
    const server = await serve({
      onExec: ({ channel, socket }) => {
        cut = () => socket.resetAndDestroy();
        channel.exit(0);
        channel.end();
      },
    });
    const session = await reach(server);
    expect((await session.run('true')).code).toBe(0);
    cut();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await errorOf(session.run('true'))).code).toBe('connection-lost');
  });

  it('an open script tells a lost connection by its code', async () => {
    const server = await serve({
      onExec: ({ channel, socket }) => {
        channel.write('step 1\n');
        setTimeout(() => socket.destroy(), 50);
      },
    });
    const running = (await reach(server)).open('true');
    expect(await running.done).toEqual({ code: null, stdout: 'step 1\n', stderr: '' });
    running.write('too late'); // harmless
    running.end();
  });

  it('a channel that closes without an exit code is no success', async () => {
    const server = await serve({ onExec: ({ channel }) => channel.close() });
    const session = await reach(server);
    expect((await errorOf(session.run('true'))).code).toBe('connection-lost');
    session.close();
  });

  it('a pulled cable is noticed by the keepalive', async () => {
    const server = await serve({ onExec: ({ socket }) => socket.pause() });
    const session = await reach(server);
    const before = Date.now();
    const error = await errorOf(session.run('true'));
    expect(error).toMatchObject({
      code: 'connection-lost',
      message: expect.stringContaining('Keepalive timeout'),
    });
    expect(Date.now() - before).toBeLessThan(10_000);
  });

  it('a UTF-8 character split over packets stays whole', async () => {
    const server = await serve({
      onExec: async ({ channel }) => {
        for (const byte of Buffer.from('größe €\n')) {
          channel.write(Buffer.of(byte));
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        channel.exit(0);
        channel.end();
      },
    });
    const session = await reach(server);
    const lines: string[] = [];
    expect((await session.run('true', { onLine: (line) => lines.push(line) })).stdout).toBe('größe €\n');
    expect(lines).toEqual(['größe €']);
    session.close();
  });

  it('closing the session ends what runs', async () => {
    const server = await serve({ onExec: () => {} });
    const session = await reach(server);
    setTimeout(() => session.close(), 50);
    expect((await errorOf(session.run('true'))).code).toBe('connection-lost');
  });

  it('closing lets go of a host that no longer answers', async () => {
    let [closed, runs] = [() => {}, () => {}];
    const running = new Promise<void>((resolve) => {
      runs = resolve;
    });
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const server = await serve({
      onExec: ({ socket }) => {
        socket.once('close', closed);
        // it reads no goodbye; the end of its own writing side is what a dead peer never sends
        socket.removeAllListeners('end').on('data', () => {});
        runs();
      },
    });
    const session = await reach(server);
    session.run('true').catch(() => {});
    await running;
    session.close();
    await gone;
  });

  it('an upload that is cut off is an error', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hxllm-cut-'));
    writeFileSync(join(folder, 'big'), Buffer.alloc(8_000_000));
    const server = await serve({
      onExec: ({ channel, socket }) => channel.once('data', () => socket.resetAndDestroy()),
    });
    const session = await reach(server);
    expect((await errorOf(session.upload(join(folder, 'big'), '/tmp/x'))).code).toBe('connection-lost');
    rmSync(folder, { recursive: true });
  });

  it('at most four channels are open at once', async () => {
    let [now, most] = [0, 0];
    const server = await serve({
      onExec: ({ channel }) => {
        now += 1;
        most = Math.max(most, now);
        setTimeout(() => {
          now -= 1;
          channel.exit(0);
          channel.end();
        }, 10);
      },
    });
    const session = await reach(server);
    await Promise.all(Array.from({ length: 20 }, () => session.run('true')));
    expect(most).toBe(4);
    session.close();
  });
});
