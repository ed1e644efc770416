// What a network or a host can do to a connection, shown by a server in this process.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HxError } from '../../src/errors.js';
import { Secret } from '../../src/secret.js';
import { type ConnectOptions, connect, type Session, type Target } from '../../src/ssh/index.js';
import { type Behaviour, type FaultyServer, startServer, startSilence } from '../support/ssh-server.js';

const running: { stop(): Promise<void> }[] = [];
afterAll(async () => {
  for (const server of running) await server.stop();
});

async function serve(behaviour: Behaviour): Promise<FaultyServer> {
  const server = await startServer(behaviour);
  running.push(server);
  return server;
}

function reach(server: FaultyServer, options?: ConnectOptions, more: Partial<Target> = {}): Promise<Session> {
  const sshArgs = [...server.args, '-o', 'IdentityAgent=none'];
  const target: Target = {
    name: 'web1',
    address: '127.0.0.1',
    port: server.port,
    user: 'root',
    become: 'none',
  };
  return connect({ ...target, identities: ['/no/such/key'], sshArgs, ...more }, options);
}

async function errorOf(work: Promise<unknown>): Promise<HxError> {
  const error = await work.then(
    () => undefined,
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(HxError);
  return error as HxError;
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
    let closed = () => {};
    const gone = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const server = await serve({
      onExec: ({ socket }) => {
        socket.once('close', closed);
        // it reads no goodbye; the end of its own writing side is what a dead peer never sends
        socket.removeAllListeners('end').on('data', () => {});
      },
    });
    const session = await reach(server);
    session.run('true').catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
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
    const error = await errorOf(reach(server, { timeoutMs: 200 }));
    expect(error.message).toMatch(/accepts the connection, but sends no SSH handshake within 0.2 s/);
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

describe.concurrent('sudo as other versions speak', () => {
  /** Plays sudo: `prompt` decorates the marker that it was given. */
  function sudo(
    prompt: (marker: string) => string,
    accept: (line: string) => boolean,
    ready = true,
  ): Behaviour {
    return {
      onExec: ({ command, channel }) => {
        const marker = /hxllm-password-\w+/.exec(command)?.[0] ?? 'no marker';
        const nonce = /ready-(\w+)/.exec(command)?.[1];
        channel.stderr.write('sudo: unable to resolve host web1\n');
        channel.stderr.write(prompt(`[${marker}]`));
        let script = '';
        let passed = false;
        channel.on('data', (chunk: Buffer) => {
          if (!passed) {
            const line = chunk.toString();
            if (!accept(line))
              return channel.stderr.write(
                `sudo: Authentication failed, try again.\n${prompt(`[${marker}]`)}`,
              );
            passed = true;
            // in two pieces, as a network may
            if (ready) channel.stderr.write('hxllm-');
            if (ready) setTimeout(() => channel.stderr.write(`ready-${nonce}\nfrom the script`), 20);
            return undefined;
          }
          script += chunk.toString();
          return undefined;
        });
        channel.on('end', () => {
          channel.write(script);
          channel.exit(0);
          channel.end();
        });
      },
    };
  }
  const asUser: Partial<Target> = { become: 'sudo', user: 'ops', becomePassword: new Secret('right-one') };
  const right = (line: string) => line === 'right-one\n';

  it('sudo-rs decorates the prompt; warnings are no failure; the markers are taken out', async () => {
    const server = await serve(sudo((marker) => `[sudo: ${marker}] Password: `, right));
    const session = await reach(server, {}, asUser);
    const result = await session.run('the script\n');
    expect(result).toEqual({ code: 0, stdout: 'the script\n', stderr: 'from the script' });
    session.close();
  });

  it('a wrong password is sent once', async () => {
    const lines: string[] = [];
    const accept = (line: string) => lines.push(line) < 0;
    const server = await serve(sudo((marker) => `${marker}`, accept));
    const session = await reach(server, {}, asUser);
    expect(await errorOf(session.run('true'))).toMatchObject({ code: 'sudo', exitCode: 1 });
    expect(lines).toEqual(['right-one\n']);
    session.close();
  });

  it('a prompt without our marker ends by time, with what it said', async () => {
    const server = await serve(sudo(() => 'Verification code: ', right));
    const session = await reach(server, {}, asUser);
    const error = await errorOf(session.run('true', { timeoutMs: 300 }));
    expect(error).toMatchObject({ code: 'sudo', message: expect.stringContaining('Verification code:') });
    session.close();
  });

  it('sudo that is not there', async () => {
    const server = await serve({
      onExec: ({ channel }) => {
        channel.stderr.write("env: 'sudo': No such file or directory\n");
        channel.exit(127);
        channel.end();
      },
    });
    const session = await reach(server, {}, asUser);
    const error = await errorOf(session.run('true'));
    expect(error).toMatchObject({ code: 'sudo', message: expect.stringContaining('sudo is not installed') });
    session.close();
  });

  it('a refusal that repeats the command is not taken for the ready marker', async () => {
    const server = await serve({
      onExec: ({ command, channel }) => {
        channel.stderr.write(`Sorry, user ops is not allowed to execute '${command}' as root on web1.\n`);
        channel.exit(1);
        channel.end();
      },
    });
    const session = await reach(server, {}, asUser);
    expect(await errorOf(session.run('true'))).toMatchObject({ code: 'sudo', message: /may not use sudo/ });
    session.close();
  });
});
