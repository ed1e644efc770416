// Connecting to a real sshd: host keys, the user's SSH configuration, jump hosts, keys and agent.
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HxError } from '../../src/errors.js';
import { Secret } from '../../src/secret.js';
import { connect, Dialer, type Target } from '../../src/ssh/index.js';
import { freePort, keygen, knownHosts, type Sshd, startSshd } from '../support/sshd.js';

let sshd: Sshd;
/** Lets nobody forward, takes no more than two keys per login. */
let strict: Sshd;
let folder: string;

beforeAll(async () => {
  [sshd, strict] = await Promise.all([
    startSshd(['MaxStartups 3:100:10']),
    startSshd(['AllowTcpForwarding no', 'MaxAuthTries 2', 'PasswordAuthentication yes']),
  ]);
  folder = mkdtempSync(join(tmpdir(), 'hxllm-connect-'));
  keygen('-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'stranger'));
  copyFileSync(join(sshd.folder, 'id'), join(folder, 'locked'));
  keygen('-q', '-p', '-N', 'a passphrase', '-f', join(folder, 'locked'));
});

afterAll(async () => {
  await Promise.all([sshd?.stop(), strict?.stop()]);
  if (folder) rmSync(folder, { recursive: true });
});

function target(server: Sshd, more: Partial<Target> = {}): Target {
  return {
    name: 'web1',
    address: '127.0.0.1',
    port: server.port,
    user: 'root',
    identities: [join(server.folder, 'id')],
    become: 'none',
    sshArgs: server.args,
    ...more,
  };
}

/** Words for ssh with one known_hosts file of this text. */
function knowing(text: string, ...more: string[]): { sshArgs: string[]; file: string } {
  const file = join(mkdtempSync(join(folder, 'k')), 'known_hosts');
  writeFileSync(file, text);
  const empty = join(sshd.folder, 'ssh_config');
  const sshArgs = [
    '-F',
    empty,
    '-o',
    `UserKnownHostsFile=${file}`,
    '-o',
    'GlobalKnownHostsFile=none',
    ...more,
  ];
  return { sshArgs, file };
}

async function whoami(to: Target): Promise<string> {
  const session = await connect(to);
  try {
    return (await session.run('id -un')).stdout.trim();
  } finally {
    session.close();
  }
}

async function refusal(to: Target, options = {}): Promise<HxError> {
  const error = await connect(to, options).then(
    (session) => session.close(),
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(HxError);
  expect((error as HxError).exitCode).toBe(4);
  return error as HxError;
}

describe('host keys', () => {
  const self = () => `[127.0.0.1]:${sshd.port}`;
  const shown = () => keygen('-lf', join(sshd.folder, 'host_ed25519.pub')).split(' ')[1] as string;

  it('an unknown one is refused, with its fingerprint and the line that accepts it', async () => {
    const { sshArgs, file } = knowing('');
    const error = await refusal(target(sshd, { sshArgs }));
    expect(error.code).toBe('host-key');
    expect(error.message).toContain(`is not known: ssh-ed25519 ${shown()}`);
    const echo = error.suggestions.find((hint) => hint.includes('echo'))?.replace(/^.*?: /, '') as string;
    expect(echo).toContain(file);
    execFileSync('sh', ['-c', echo]);
    expect(await whoami(target(sshd, { sshArgs }))).toBe('root');
  });

  it('a hashed one is known', async () => {
    const { sshArgs, file } = knowing(knownHosts(sshd.folder, self(), 'host_ed25519'));
    keygen('-H', '-f', file);
    expect(await whoami(target(sshd, { sshArgs }))).toBe('root');
  });

  it('one known for the same host on port 22 is taken, as OpenSSH does', async () => {
    const { sshArgs } = knowing(knownHosts(sshd.folder, '127.0.0.1', 'host_ed25519'));
    expect(await whoami(target(sshd, { sshArgs }))).toBe('root');
  });

  it('a host known only by its ECDSA key is asked for that one', async () => {
    const { sshArgs } = knowing(knownHosts(sshd.folder, self(), 'host_ecdsa'));
    expect(await whoami(target(sshd, { sshArgs }))).toBe('root');
  });

  for (const mode of ['ask', 'accept-new', 'no']) {
    it(`a changed one is refused with StrictHostKeyChecking=${mode}`, async () => {
      const { sshArgs, file } = knowing(
        `# mine\n${knownHosts(strict.folder, self(), 'host_ed25519')}`,
        '-o',
        `StrictHostKeyChecking=${mode}`,
      );
      const error = await refusal(target(sshd, { sshArgs }));
      expect(error.code).toBe('host-key');
      expect(error.message).toContain('CHANGED');
      expect(error.message).toContain(`${file}:2`);
      expect(error.suggestions.join('\n')).toContain(`ssh-keygen -f ${file} -R '${self()}'`);
      expect(readFileSync(file, 'utf8').split('\n').length).toBe(3);
    });
  }

  it('a revoked one is refused', async () => {
    const line = knownHosts(sshd.folder, self(), 'host_ed25519');
    const { sshArgs } = knowing(`${line}@revoked ${line.replace(self(), '*')}`);
    expect((await refusal(target(sshd, { sshArgs }))).message).toContain('revoked');
  });

  it('accept-new writes an unknown one down, once', async () => {
    const { sshArgs, file } = knowing('other ssh-ed25519 AAAA', '-o', 'StrictHostKeyChecking=accept-new');
    const traced: string[] = [];
    for (let n = 0; n < 2; n++) {
      (await connect(target(sshd, { sshArgs }), { trace: (line) => traced.push(line) })).close();
    }
    expect(traced.filter((line) => line.includes('accepted the new host key'))).toHaveLength(1);
    expect(keygen('-F', self(), '-f', file)).toContain('ssh-ed25519');
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
  });
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
    expect(await whoami(target(sshd, { sshArgs }))).toBe('root');
  });

  it('a ProxyCommand that fails says why', async () => {
    const sshArgs = [...sshd.args, '-o', `ProxyCommand=sh -c 'echo no way there >&2; exit 3'`];
    const error = await refusal(target(sshd, { sshArgs }));
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toMatch(/ProxyCommand ended with \d+.*no way there/);
  });

  it('a wrong option is a configuration error', async () => {
    await expect(connect(target(sshd, { sshArgs: ['-o', 'NoSuchThing=1'] }))).rejects.toMatchObject({
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
    target(strict, {
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

describe('proving who we are', () => {
  it('a key that the host does not know', async () => {
    const error = await refusal(target(sshd, { identities: [join(folder, 'stranger')] }));
    expect(error.code).toBe('authentication');
    expect(error.message).toContain(
      `does not let root in: tried ${join(folder, 'stranger')}; it takes publickey`,
    );
    expect(error.suggestions.join()).toContain(`ssh -v -p ${sshd.port} root@127.0.0.1`);
  });

  it('a key with a passphrase and no agent', async () => {
    const identities = [join(folder, 'locked')];
    const sshArgs = [...sshd.args, '-o', 'IdentityAgent=none'];
    const error = await refusal(target(sshd, { identities, sshArgs }));
    expect(error.suggestions.join('\n')).toContain(`has a passphrase: ssh-add ${identities[0]}`);
  });

  it('a key file that is not there', async () => {
    const error = await refusal(target(sshd, { identities: ['/no/such/key'] }));
    expect(error.suggestions.join('\n')).toContain('/no/such/key does not exist');
  });

  it('a wrong password is tried once per method and never shown', async () => {
    const sshArgs = [...strict.args, '-o', 'IdentityAgent=none'];
    const to = target(strict, { identities: ['/no/such/key'], password: new Secret('guess-guess'), sshArgs });
    const error = await refusal(to);
    expect(error.message).toContain('tried the password');
    expect(`${error.message} ${error.suggestions}`).not.toContain('guess-guess');
  });

  describe('with an agent', () => {
    let agent: number;
    let socket: string;

    beforeAll(() => {
      socket = join(folder, 'agent');
      const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
      agent = child.pid as number;
      for (let n = 0; n < 100 && !existsSync(socket); n++) execFileSync('sleep', ['0.02']);
      for (const key of ['a', 'b', 'c']) {
        keygen('-q', '-t', 'ed25519', '-N', '', '-f', join(folder, `agent-${key}`));
        add(join(folder, `agent-${key}`));
      }
      add(join(strict.folder, 'id'));
      add(join(sshd.folder, 'id'));
    });
    afterAll(() => {
      process.kill(agent);
    });
    const add = (key: string) =>
      execFileSync('ssh-add', ['-q', key], {
        env: { ...process.env, SSH_AUTH_SOCK: socket },
        stdio: 'ignore',
      });
    const withAgent = (server: Sshd, ...more: string[]) => [
      ...server.args,
      '-o',
      `IdentityAgent=${socket}`,
      ...more,
    ];

    it('a locked key is used through it', async () => {
      const to = target(sshd, { identities: [join(folder, 'locked')], sshArgs: withAgent(sshd) });
      expect(await whoami(to)).toBe('root');
    });

    it('the key that the inventory names goes first, before the host has had enough', async () => {
      expect(await whoami(target(strict, { sshArgs: withAgent(strict) }))).toBe('root');
    });

    it('too many keys for the host are called that', async () => {
      const to = target(strict, { identities: ['/no/such/key'], sshArgs: withAgent(strict) });
      const error = await refusal(to);
      expect(error.code).toBe('authentication');
      expect(error.suggestions.join('\n')).toContain('IdentitiesOnly');
    });

    it('IdentitiesOnly keeps its other keys back', async () => {
      const sshArgs = withAgent(strict, '-o', 'IdentitiesOnly=yes');
      const error = await refusal(target(strict, { identities: [join(folder, 'stranger')], sshArgs }));
      expect(error.message).toContain(join(folder, 'stranger'));
      expect(error.suggestions.join()).not.toContain('IdentitiesOnly');
    });

    it('a socket that is dead does not stop a key file', async () => {
      const sshArgs = [...sshd.args, '-o', 'IdentityAgent=/no/such/agent'];
      expect(await whoami(target(sshd, { sshArgs }))).toBe('root');
    });
  });
});

describe('hosts that cannot be reached', () => {
  it('nobody listens', async () => {
    const error = await refusal(target(sshd, { port: await freePort() }));
    expect(error).toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('refuses the connection'),
    });
  });

  it('the name does not exist', async () => {
    const error = await refusal(target(sshd, { address: 'no-such-host.invalid' }));
    expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('is not found') });
  });

  it('an abort while connecting', async () => {
    const signal = AbortSignal.timeout(1);
    await expect(connect(target(sshd), { signal })).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('many connections to one address (MaxStartups 3)', () => {
  it('are all made in the end', async () => {
    const all = Array.from({ length: 8 }, () => connect(target(sshd)));
    for (const session of await Promise.all(all)) session.close();
  });

  it('are made at once when a Dialer keeps them apart', async () => {
    const dialer = new Dialer(2);
    const all = Array.from({ length: 8 }, () => connect(target(sshd), { dialer }));
    for (const session of await Promise.all(all)) session.close();
  });
});
