// sudo as other versions speak, played by a server in this process: only what the machine's real sudo cannot show.
import { afterAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.js';
import type { Target } from '../../src/ssh/index.js';
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
