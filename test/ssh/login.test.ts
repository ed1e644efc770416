// Proving to a real sshd who we are: key files, the agent, a password.
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.js';
import { keygen, refusal, rootOn, type Sshd, startSshd, whoami } from '../support/sshd.js';

let sshd: Sshd;
/** Takes no more than two keys per login. */
let strict: Sshd;
let folder: string;

beforeAll(async () => {
  [sshd, strict] = await Promise.all([
    startSshd(),
    startSshd(['MaxAuthTries 2', 'PasswordAuthentication yes']),
  ]);
  folder = mkdtempSync(join(tmpdir(), 'hxllm-login-'));
  keygen('-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'stranger'));
  copyFileSync(join(sshd.folder, 'id'), join(folder, 'locked'));
  keygen('-q', '-p', '-N', 'a passphrase', '-f', join(folder, 'locked'));
});

afterAll(async () => {
  await Promise.all([sshd?.stop(), strict?.stop()]);
  if (folder) rmSync(folder, { recursive: true });
});

describe('proving who we are', () => {
  it('a key that the host does not know', async () => {
    const error = await refusal(rootOn(sshd, { identities: [join(folder, 'stranger')] }));
    expect(error.code).toBe('authentication');
    expect(error.message).toContain(
      `does not let root in: tried ${join(folder, 'stranger')}; it takes publickey`,
    );
    expect(error.suggestions.join()).toContain(`ssh -v -p ${sshd.port} root@127.0.0.1`);
  });

  it.each([
    ['ed25519', []],
    ['rsa', ['-b', '2048']],
    ['rsa', ['-b', '2048', '-m', 'PEM']],
    ['ecdsa', ['-b', '256']],
    ['ecdsa', ['-b', '384']],
    ['ecdsa', ['-b', '521', '-m', 'PKCS8']],
    ['rsa', ['-b', '2048', '-m', 'PKCS8']],
  ])('a key file of type %s %s is proven without a question before it', async (type, more) => {
    const key = join(folder, `${type}-${more.join('')}`);
    keygen('-q', '-t', type, ...more, '-N', '', '-f', key);
    const server = await startSshd(['LogLevel VERBOSE', `AuthorizedKeysFile ${key}.pub`]);
    const sshArgs = [...server.args, '-o', 'IdentityAgent=none'];
    const target = rootOn(server, { identities: [key], sshArgs });
    expect([await whoami(target), await whoami(target)]).toEqual(['root', 'root']);
    await server.stop();
    expect(server.log().match(/(?:Accepted|Postponed) publickey/g)).toEqual(
      Array(2).fill('Accepted publickey'),
    );
  });

  it('a key with a passphrase and no agent', async () => {
    const identities = [join(folder, 'locked')];
    const sshArgs = [...sshd.args, '-o', 'IdentityAgent=none'];
    const error = await refusal(rootOn(sshd, { identities, sshArgs }));
    expect(error.suggestions.join('\n')).toContain(`has a passphrase: ssh-add ${identities[0]}`);
  });

  it('a key file that is damaged does not stop the next one', async () => {
    const [whole, damaged] = [join(folder, 'whole'), join(folder, 'damaged')];
    keygen('-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '', '-f', whole);
    // what ssh2 still takes for a key
    const [first, ...lines] = readFileSync(whole, 'utf8').trim().split('\n');
    writeFileSync(damaged, [first, ...lines.slice(0, -8), lines.at(-1), ''].join('\n'), { mode: 0o600 });
    const sshArgs = [...sshd.args, '-o', 'IdentityAgent=none'];
    const identities = [damaged, join(sshd.folder, 'id')];
    expect(await whoami(rootOn(sshd, { identities, sshArgs }))).toBe('root');
  });

  it('a key file that is not there', async () => {
    const error = await refusal(rootOn(sshd, { identities: ['/no/such/key'] }));
    expect(error.suggestions.join('\n')).toContain('/no/such/key does not exist');
  });

  it('a wrong password is tried once per method and never shown', async () => {
    const sshArgs = [...strict.args, '-o', 'IdentityAgent=none'];
    const to = rootOn(strict, { identities: ['/no/such/key'], password: new Secret('guess-guess'), sshArgs });
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
      const to = rootOn(sshd, { identities: [join(folder, 'locked')], sshArgs: withAgent(sshd) });
      expect(await whoami(to)).toBe('root');
    });

    it('its keys are asked about first: to sign may take a person', async () => {
      const server = await startSshd([
        'LogLevel VERBOSE',
        `AuthorizedKeysFile ${join(sshd.folder, 'id.pub')}`,
      ]);
      expect(await whoami(rootOn(server, { identities: ['/no/such/key'], sshArgs: withAgent(server) }))).toBe(
        'root',
      );
      await server.stop();
      expect(server.log()).toMatch(/Postponed publickey[\s\S]*Accepted publickey/);
    });

    it('the key that the inventory names goes first, before the host has had enough', async () => {
      expect(await whoami(rootOn(strict, { sshArgs: withAgent(strict) }))).toBe('root');
    });

    it('too many keys for the host are called that', async () => {
      const to = rootOn(strict, { identities: ['/no/such/key'], sshArgs: withAgent(strict) });
      const error = await refusal(to);
      expect(error.code).toBe('authentication');
      expect(error.suggestions.join('\n')).toContain('IdentitiesOnly');
    });

    it('IdentitiesOnly keeps its other keys back', async () => {
      const sshArgs = withAgent(strict, '-o', 'IdentitiesOnly=yes');
      const error = await refusal(rootOn(strict, { identities: [join(folder, 'stranger')], sshArgs }));
      expect(error.message).toContain(join(folder, 'stranger'));
      expect(error.suggestions.join()).not.toContain('IdentitiesOnly');
    });

    it('a socket that is dead does not stop a key file', async () => {
      const sshArgs = [...sshd.args, '-o', 'IdentityAgent=/no/such/agent'];
      expect(await whoami(rootOn(sshd, { sshArgs }))).toBe('root');
    });
  });
});
