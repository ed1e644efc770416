// The key that a real sshd presents: known, new, changed, revoked.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect, Texts } from '../../src/ssh/index.js';
import { keygen, knownHosts, refusal, rootOn, type Sshd, startSshd, whoami } from '../support/sshd.js';

let sshd: Sshd;
let folder: string;

beforeAll(async () => {
  sshd = await startSshd();
  folder = mkdtempSync(join(tmpdir(), 'hxllm-host-key-'));
  keygen('-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'other'));
});

afterAll(async () => {
  await sshd?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

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

describe('host keys', () => {
  const self = () => `[127.0.0.1]:${sshd.port}`;
  const shown = () => keygen('-lf', join(sshd.folder, 'host_ed25519.pub')).split(' ')[1] as string;

  it('an unknown one is refused, with its fingerprint and the line that accepts it', async () => {
    const { sshArgs, file } = knowing('');
    const error = await refusal(rootOn(sshd, { sshArgs }));
    expect(error.code).toBe('host-key');
    expect(error.message).toContain(`is not known: ssh-ed25519 ${shown()}`);
    const echo = error.suggestions.find((hint) => hint.includes('echo'))?.replace(/^.*?: /, '') as string;
    expect(echo).toContain(file);
    execFileSync('sh', ['-c', echo]);
    expect(await whoami(rootOn(sshd, { sshArgs }))).toBe('root');
  });

  it('is proven once, and the other keys of the host are only acknowledged', async () => {
    const server = await startSshd(['LogLevel DEBUG3']);
    try {
      expect(await whoami(rootOn(server))).toBe('root');
      expect(server.log()).toContain('SSH2_MSG_KEX'); // what it says is all there
      expect(server.log()).not.toContain('hostkeys-prove');
      expect(server.log().match(/Received SSH2_MSG_IGNORE/g)).toHaveLength(1);
    } finally {
      await server.stop();
    }
  });

  it('that was accepted is known to the next connection, also where both share what was read', async () => {
    const { sshArgs, file } = knowing('', '-o', 'StrictHostKeyChecking=accept-new');
    const texts = new Texts();
    for (let times = 2; times > 0; times--) (await connect(rootOn(sshd, { sshArgs }), { texts })).close();
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(1);
  });

  it('a hashed one is known', async () => {
    const { sshArgs, file } = knowing(knownHosts(sshd.folder, self(), 'host_ed25519'));
    keygen('-H', '-f', file);
    expect(await whoami(rootOn(sshd, { sshArgs }))).toBe('root');
  });

  it('one known for the same host on port 22 is taken, as OpenSSH does', async () => {
    const { sshArgs } = knowing(knownHosts(sshd.folder, '127.0.0.1', 'host_ed25519'));
    expect(await whoami(rootOn(sshd, { sshArgs }))).toBe('root');
  });

  it('a host known only by its ECDSA key is asked for that one', async () => {
    const { sshArgs } = knowing(knownHosts(sshd.folder, self(), 'host_ecdsa'));
    expect(await whoami(rootOn(sshd, { sshArgs }))).toBe('root');
  });

  for (const mode of ['ask', 'accept-new', 'no']) {
    it(`a changed one is refused with StrictHostKeyChecking=${mode}`, async () => {
      const { sshArgs, file } = knowing(
        `# mine\n${knownHosts(folder, self(), 'other')}`,
        '-o',
        `StrictHostKeyChecking=${mode}`,
      );
      const error = await refusal(rootOn(sshd, { sshArgs }));
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
    expect((await refusal(rootOn(sshd, { sshArgs }))).message).toContain('revoked');
  });

  it('accept-new writes an unknown one down, once', async () => {
    const { sshArgs, file } = knowing('other ssh-ed25519 AAAA', '-o', 'StrictHostKeyChecking=accept-new');
    const traced: string[] = [];
    for (let n = 0; n < 2; n++) {
      (await connect(rootOn(sshd, { sshArgs }), { trace: (line) => traced.push(line) })).close();
    }
    expect(traced.filter((line) => line.includes('accepted the new host key'))).toHaveLength(1);
    expect(keygen('-F', self(), '-f', file)).toContain('ssh-ed25519');
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
  });
});
