// The user's SSH configuration: what hxllm reads itself must be what `ssh -G` says.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askSsh, readSettings, type Settings } from '../../src/ssh/config.js';
import type { Target } from '../../src/ssh/index.js';
import { plainConfig } from '../../src/ssh/plain-config.js';
import { Texts } from '../../src/ssh/texts.js';
import { need } from '../support/sshd.js';

let folder: string;
beforeAll(() => {
  need('/usr/bin/ssh', 'openssh-client');
  folder = mkdtempSync(join(tmpdir(), 'hxllm-config-'));
  mkdirSync(join(folder, 'd'));
  writeFileSync(join(folder, 'd', 'other.conf'), 'Host unix/*\n ProxyCommand nothing\n');
  writeFileSync(join(folder, 'd', 'port.txt'), 'Port 99\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('what is read here and what needs ssh', () => {
  const cases: [title: string, config: string, more: Partial<Target>, here: boolean][] = [
    ['an empty file', '', {}, true],
    ['the inventory’s own values', '', { port: 2222, user: 'ops', identities: ['~/.ssh/ops'] }, true],
    [
      'Debian’s own file',
      'Include FOLDER/d/*.conf\nHost *\n  SendEnv LANG LC_*\n  HashKnownHosts yes\n',
      {},
      true,
    ],
    [
      'another host’s block',
      'Host db1 db?x !web1\n Port 99\n ProxyJump x\nHost *\n Compression no\n',
      {},
      true,
    ],
    ['a simple option', '', { sshArgs: ['-o', 'StrictHostKeyChecking=no', '-oIdentitiesOnly=yes'] }, true],
    [
      'known_hosts by option',
      '',
      { sshArgs: ['-o', 'UserKnownHostsFile=/a /b', '-o', 'GlobalKnownHostsFile none'] },
      true,
    ],
    ['an identity by option', '', { identities: ['/a'], sshArgs: ['-o', 'IdentityFile=/b'] }, true],
    ['an address in capitals', '', { address: 'WEB1.Lan' }, true],
    ['this host’s block', 'Host web?\n Port 99\n User ops\n', {}, false],
    ['a pattern with an exception', 'Host * !db1\n Port 99\n', {}, false],
    ['Match', 'Match user nobody\n Port 99\n', {}, false],
    ['an included file that matters', 'Include FOLDER/d/port.*\n', {}, false],
    ['a jump by option', '', { sshArgs: ['-J', 'a@b:3'] }, false],
    ['a port by flag, the inventory’s wins', '', { port: 2222, sshArgs: ['-p', '3333'] }, false],
    ['ProxyCommand with tokens', 'ProxyCommand nc %h %p %%\n', {}, false],
    ['known_hosts with tokens', 'UserKnownHostsFile ~/k/%h %d/k\n', {}, false],
  ];
  for (const [title, config, more, here] of cases) {
    it(`${title}: ${here ? 'here' : 'ssh'}`, async () => {
      const file = join(folder, 'config');
      writeFileSync(file, config.replaceAll('FOLDER', folder));
      const target: Target = { name: 'web1', address: 'web1', become: 'sudo', ...more };
      target.sshArgs = ['-F', file, ...(more.sshArgs ?? [])];
      const plain = await plainConfig(target, new Texts());
      expect(plain !== undefined).toBe(here);
      if (plain === undefined) return;
      expect(comparable(readSettings(plain, target.address))).toEqual(
        comparable(readSettings((await askSsh(target)) as string, target.address)),
      );
    });
  }
});

/** ssh lists its algorithms and key types of hardware tokens; neither has a meaning for ssh2. */
function comparable(settings: Settings): object {
  const identities = settings.identities.filter((file) => !/_sk$|_xmss$|_dsa$/.test(file));
  return { ...settings, identities, hostKeyAlgorithms: undefined };
}

describe('readSettings', () => {
  const read = (text: string, env = {}) => readSettings(text, 'web1', env);

  it('expands tokens and ~', () => {
    const { homedir } = userInfo();
    const settings = read('hostname h\nport 2\nuser u\nproxycommand nc %h %p %r %%\nidentityfile ~/k-%h\n');
    expect(settings).toMatchObject({ proxyCommand: 'nc h 2 u %', identities: [`${homedir}/k-h`] });
  });

  const agents: [line: string, agent: string | undefined][] = [
    ['', '/from/env'],
    ['identityagent SSH_AUTH_SOCK', '/from/env'],
    ['identityagent $OTHER', '/other'],
    ['identityagent /run/agent', '/run/agent'],
    ['identityagent none', undefined],
  ];
  for (const [line, agent] of agents) {
    it(`agent: ${line || 'not set'}`, () => {
      expect(read(line, { SSH_AUTH_SOCK: '/from/env', OTHER: '/other' }).agent).toBe(agent);
    });
  }
});
