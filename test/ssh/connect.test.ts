// Connecting to a real sshd: the user's SSH configuration, jump hosts, hosts that are not there, many at once.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, Dialer } from '../../src/ssh/index.js';
import { freePort, refusal, rootOn, type Sshd, startSshd, whoami } from '../support/sshd.js';

let sshd: Sshd;
/** Lets nobody forward. */
let strict: Sshd;
let folder: string;

beforeAll(async () => {
  [sshd, strict] = await Promise.all([
    startSshd(['MaxStartups 3:100:10']),
    startSshd(['AllowTcpForwarding no']),
  ]);
  folder = mkdtempSync(join(tmpdir(), 'hxllm-connect-'));
});

afterAll(async () => {
  await Promise.all([sshd?.stop(), strict?.stop()]);
  if (folder) rmSync(folder, { recursive: true });
});

describe('the user’s SSH configuration', () => {
  it('gives address, port, user, key and known_hosts of an alias', async () => {
    const file = join(folder, 'alias');
    writeFileSync(
      file,
      `Host web1\n HostName 127.0.0.1\n Port ${sshd.port}\n User root\n IdentityFile ${sshd.folder}/id\n UserKnownHostsFile ${sshd.folder}/known_hosts\n`,
    );
    expect(await whoami({ name: 'web1', address: 'web1', become: 'sudo', sshArgs: ['-F', file] })).toBe(
      'root',
    );
  });

  it('ProxyCommand', async () => {
    const sshArgs = [...sshd.args, '-o', `ProxyCommand=${process.execPath} ${relay()} %h %p`];
    expect(await whoami(rootOn(sshd, { sshArgs }))).toBe('root');
  });

  it('a ProxyCommand that fails says why', async () => {
    const sshArgs = [...sshd.args, '-o', `ProxyCommand=sh -c 'echo no way there >&2; exit 3'`];
    const error = await refusal(rootOn(sshd, { sshArgs }));
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toMatch(/ProxyCommand ended with \d+.*no way there/);
  });

  it('a wrong option is a configuration error', async () => {
    await expect(connect(rootOn(sshd, { sshArgs: ['-o', 'NoSuchThing=1'] }))).rejects.toMatchObject({
      code: 'config',
      message: expect.stringMatching(/NoSuchThing|nosuchthing/i),
    });
  });

  /** A program that joins its stdio to an address. */
  function relay(): string {
    const file = join(folder, 'relay.cjs');
    writeFileSync(
      file,
      `const s = require('net').connect(+process.argv[3], process.argv[2]); process.stdin.pipe(s).pipe(process.stdout);`,
    );
    return file;
  }
});

describe('jump hosts', () => {
  /** An ssh_config in which `one` and `two` are the same sshd under two names. */
  function hops(known: string): string {
    const file = join(mkdtempSync(join(folder, 'j')), 'config');
    const common = ` HostName 127.0.0.1\n Port ${sshd.port}\n User root\n IdentityFile ${sshd.folder}/id\n`;
    writeFileSync(
      file,
      `Host one two\n${common} UserKnownHostsFile ${known}\nHost shut\n${common.replaceAll(sshd.folder, strict.folder).replace(String(sshd.port), String(strict.port))} UserKnownHostsFile ${strict.folder}/known_hosts\n`,
    );
    return file;
  }
  const through = (jump: string, known = join(sshd.folder, 'known_hosts')) =>
    rootOn(strict, {
      sshArgs: ['-F', hops(known), '-o', `UserKnownHostsFile=${strict.folder}/known_hosts`, '-J', jump],
    });

  it('one', async () => {
    expect(await whoami(through('one'))).toBe('root');
  });

  it('two in a row', async () => {
    expect(await whoami(through('one,two'))).toBe('root');
  });

  it('whose key is not known is refused', async () => {
    const error = await refusal(through('one', join(folder, 'nothing-known')));
    expect(error).toMatchObject({ code: 'host-key', message: expect.stringContaining('jump host one') });
  });

  it('that does not forward is named', async () => {
    const to = { ...through('shut'), address: '127.0.0.1', port: sshd.port };
    const error = await refusal(to);
    expect(error.code).toBe('unreachable');
    expect(error.suggestions.join()).toContain('AllowTcpForwarding');
  });
});

describe('hosts that cannot be reached', () => {
  it('nobody listens', async () => {
    const error = await refusal(rootOn(sshd, { port: await freePort() }));
    expect(error).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('refuses the connection'),
    });
  });

  it('the name does not exist', async () => {
    const error = await refusal(rootOn(sshd, { address: 'no-such-host.invalid' }));
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('is not found') });
  });

  it('an abort while connecting', async () => {
    const signal = AbortSignal.timeout(1);
    await expect(connect(rootOn(sshd), { signal })).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('many connections to one address (MaxStartups 3)', () => {
  it('are all made in the end', async () => {
    const all = Array.from({ length: 8 }, () => connect(rootOn(sshd)));
    for (const session of await Promise.all(all)) session.close();
  });

  it('are made at once when a Dialer keeps them apart', async () => {
    const dialer = new Dialer(2);
    const all = Array.from({ length: 8 }, () => connect(rootOn(sshd), { dialer }));
    for (const session of await Promise.all(all)) session.close();
  });
});
