// ansible_ssh_retries: how often a host that is not reached is tried, and what is never tried twice.
import { afterAll, expect, it } from 'vitest';
import { connect, type Target } from '../../src/ssh/index.js';
import { errorOf, reach, startServer } from '../support/ssh-server.js';
import { freePort, rootOn, type Sshd, startSshd } from '../support/sshd.js';

const running: { stop(): Promise<void> }[] = [];
afterAll(async () => {
  for (const server of running) await server.stop();
});

/** It hangs up on the first connections without a word, so that each try needs its time. */
async function silentAtFirst(times: number) {
  const server = await startServer({
    onSocket: (_, count) => count > times && undefined,
    onExec: ({ channel }) => {
      channel.exit(0);
      channel.end();
    },
  });
  running.push(server);
  return server;
}

it('a host that is not reached is tried again', async () => {
  const server = await silentAtFirst(1);
  const said: string[] = [];
  const options = { timeoutMs: 300, trace: (line: string) => said.push(line) };
  const session = await reach(server, options, { retries: 1 });
  expect((await session.run('true')).code).toBe(0);
  session.close();
  expect([server.connections, said.join()]).toEqual([
    2,
    expect.stringMatching(/^web1: .* tried again \(1 of 1\)/),
  ]);
});

it('as often as is said, and by itself not at all', async () => {
  const server = await silentAtFirst(9);
  const tried = async (retries: number) => {
    const before = server.connections;
    expect((await errorOf(reach(server, { timeoutMs: 200 }, { retries }))).code).toBe('unreachable');
    return server.connections - before;
  };
  expect([await tried(0), await tried(1)]).toEqual([1, 2]);
});

it('an abort ends the wait', async () => {
  const signal = AbortSignal.timeout(200);
  const port = await freePort();
  const server = await silentAtFirst(0);
  await expect(reach(server, { signal }, { port, retries: 5 })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
});

it('a key that was refused and a host key that is not known are not tried again', async () => {
  const sshd: Sshd = await startSshd();
  running.push(sshd);
  const said: string[] = [];
  const refused = async (more: Partial<Target>) => {
    const target = rootOn(sshd, { retries: 1, ...more });
    return (await errorOf(connect(target, { trace: (line) => said.push(line) }))).code;
  };
  const stranger = { identities: ['/no/such/key'], sshArgs: [...sshd.args, '-o', 'IdentityAgent=none'] };
  const unknown = { sshArgs: ['-F', 'none', '-o', 'UserKnownHostsFile=/dev/null'] };
  const bastion = {
    sshArgs: ['-F', 'none', '-o', "ProxyCommand=sh -c 'echo x@y: Permission denied >&2; exit 255'"],
  };
  expect([await refused(stranger), await refused(unknown), await refused(bastion)]).toEqual([
    'authentication',
    'host-key',
    'unreachable',
  ]);
  expect(said.filter((line) => line.includes('tried again'))).toEqual([]);
});
