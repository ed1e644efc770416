// Through a bastion by the user's own ssh (ProxyCommand): many at once, and what is said when it is down or leads nowhere.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, Dialer } from '../../src/ssh/index.js';
import { startSilence } from '../support/ssh-server.js';
import { freePort, refusal, rootOn, type Sshd, startSshd, whoami } from '../support/sshd.js';

let target: Sshd;
let bastion: Sshd;
beforeAll(async () => {
  [target, bastion] = await Promise.all([startSshd(), startSshd(['MaxStartups 3:100:10'])]);
});
afterAll(async () => {
  await Promise.all([target?.stop(), bastion?.stop()]);
});

/** A host behind a bastion on that port. */
function behind(port: number, more: Parameters<typeof rootOn>[1] = {}) {
  const file = join(bastion.folder, `config-${port}`);
  writeFileSync(
    file,
    `Host bastion\n HostName 127.0.0.1\n Port ${port}\n User root\n IdentityFile ${bastion.folder}/id\n UserKnownHostsFile ${bastion.folder}/known_hosts\n`,
  );
  const proxy = `ProxyCommand=ssh -F ${file} -W %h:%p bastion`;
  return rootOn(target, { sshArgs: [...target.args, '-o', proxy], ...more });
}

it('reaches the host', async () => {
  expect(await whoami(behind(bastion.port))).toBe('root');
});

it('hosts behind one bastion are all reached, also above its MaxStartups', async () => {
  const dialer = new Dialer();
  const all = Array.from({ length: 8 }, () => connect(behind(bastion.port), { dialer }));
  for (const session of await Promise.all(all)) {
    expect((await session.run('id -un')).stdout).toBe('root\n');
    session.close();
  }
  expect(bastion.log()).toMatch(/past MaxStartups|beginning MaxStartups/);
});

describe('names the way that failed', () => {
  it('when the bastion is down', async () => {
    const { code, message } = await refusal(behind(await freePort()));
    expect(code).toBe('unreachable');
    expect(message).toMatch(
      /127.0.0.1 port \d+ is not reached through the ProxyCommand \(ssh .* bastion\): .*Connection refused/,
    );
  });

  it('when the bastion says nothing', async () => {
    const { port, stop } = await startSilence();
    const failed = connect(behind(port), { timeoutMs: 500 });
    await expect(failed).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/through the ProxyCommand \(ssh .* bastion\): no answer within 0.5 s/),
    });
    await stop();
  });

  it('when the bastion cannot reach the host', async () => {
    const { message } = await refusal(behind(bastion.port, { port: await freePort() }));
    expect(message).toMatch(/ bastion\): ProxyCommand ended with \d+: .*Connection refused; /);
  });
});
