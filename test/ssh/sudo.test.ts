// Becoming root through the machine's real sudo, as a system user made for this test.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HxError } from '../../src/errors.js';
import { Secret } from '../../src/secret.js';
import { whole } from '../../src/shell.js';
import { connect, type Session, type Target } from '../../src/ssh/index.js';
import { need, type Sshd, startSshd } from '../support/sshd.js';

const USER = `hxllm-t${process.pid}`;
const RULES = `/etc/sudoers.d/${USER}`;
const PASSWORD = 'correct horse $"battery\'';

let sshd: Sshd;
let folder: string;

beforeAll(async () => {
  need('/usr/bin/sudo', 'sudo');
  need('/usr/sbin/useradd', 'passwd');
  if (process.getuid?.() !== 0) throw new Error('these tests make a system user: run them as root');
  execFileSync('useradd', ['--create-home', '--shell', '/bin/bash', USER]);
  execFileSync('chpasswd', { input: `${USER}:${PASSWORD}\n` });
  sshd = await startSshd();
  folder = sshd.folder;
  chmodSync(folder, 0o755);
}, 20_000);

afterAll(async () => {
  await sshd?.stop();
  rmSync(RULES, { force: true });
  execFileSync('userdel', ['--remove', '--force', USER], { stdio: 'ignore' });
});

/** A fresh connection under the given sudo rules: sudo itself remembers passwords only per terminal, so not here. */
async function withRules<T>(
  rules: string,
  target: Partial<Target>,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  writeFileSync(RULES, rules.replaceAll('USER', USER), { mode: 0o440 });
  const session = await connect({
    name: 'web1',
    address: '127.0.0.1',
    port: sshd.port,
    user: USER,
    identities: [join(sshd.folder, 'id')],
    become: 'sudo',
    sshArgs: sshd.args,
    ...target,
  });
  try {
    return await work(session);
  } finally {
    session.close();
  }
}

const FREE = 'USER ALL=(ALL) NOPASSWD: ALL\n';
const ASKS = 'Defaults:USER timestamp_timeout=0\nUSER ALL=(ALL) ALL\n';
const becomePassword = new Secret(PASSWORD);
const WHO = whole('id -un; echo "$LC_ALL"; echo err >&2; exit 4');
const ROOT = { code: 4, stdout: 'root\nC\n', stderr: 'err\n' };

describe('as root through sudo', () => {
  it('without a password', async () => {
    expect(await withRules(FREE, {}, (session) => session.run(WHO))).toEqual(ROOT);
  });

  it('with a password that sudo does not ask for: it stays here', async () => {
    expect(await withRules(FREE, { becomePassword }, (session) => session.run(WHO))).toEqual(ROOT);
  });

  it('with a password, in one exec', async () => {
    expect(await withRules(ASKS, { becomePassword }, (session) => session.run(WHO))).toEqual(ROOT);
  });

  it('with the login password when no other is set', async () => {
    expect(await withRules(ASKS, { password: becomePassword }, (session) => session.run(WHO))).toEqual(ROOT);
  });

  it('leaves the password out of every argument list and environment', async () => {
    const look =
      'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n" | grep -c "[h]orse [$]" || true';
    const { stdout } = await withRules(ASKS, { becomePassword }, (session) => session.run(whole(look)));
    expect(stdout).toBe('0\n');
  });

  for (const option of ['use_pty', 'log_input, log_output', 'lecture=always', 'pwfeedback']) {
    it(`with Defaults ${option}`, async () => {
      const who = (rules: string, target: Partial<Target>) =>
        withRules(`Defaults:USER ${option}\n${rules}`, target, (session) => session.run(WHO));
      expect([await who(ASKS, { becomePassword }), await who(FREE, {})]).toEqual([ROOT, ROOT]);
    });
  }

  it.each([
    ['with a password', ASKS, { becomePassword }],
    ['without one', FREE, {}],
  ])('keeps a conversation going, %s', async (_, rules, target) => {
    const { code, stdout } = await withRules(rules, target, async (session) => {
      const script =
        'main() { echo ready; read -r word <&3; id -un; echo "$word"; }\nexec 3<&0; main </dev/null; exit $?\n';
      const running = session.open(script, { onLine: (line) => line === 'ready' && running.write('undo\n') });
      return running.done;
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'ready\nroot\nundo\n' });
  });

  const OPTIONS = ['!use_pty', 'use_pty', 'log_input, log_output'];
  for (const [n, option] of [...OPTIONS, ...OPTIONS].entries()) {
    const [what, rules, target] = n < 3 ? ['', ASKS, { becomePassword }] : [', no password', FREE, {}];
    it(`sees at once that the controller is gone (Defaults ${option}${what})`, async () => {
      const mark = join(folder, `gone-${n}`);
      const watch = `main() { echo ready; while read -r -t 5 _ <&3; do :; done; touch ${mark}; }`;
      await withRules(`Defaults:USER ${option}\n${rules}`, target, async (session) => {
        await new Promise<void>((resolve) => {
          const onLine = () => resolve();
          session.open(`${watch}\nexec 3<&0; main </dev/null; exit $?\n`, { shell: 'bash', onLine });
        });
      });
      await vi.waitFor(() => expect(existsSync(mark)).toBe(true), { timeout: 3000 });
    });
  }

  it('uploads a file that only root may write', async () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'uploaded')];
    writeFileSync(from, Buffer.alloc(1_000_000, 'x'));
    for (const [rules, target] of [[ASKS, { becomePassword }] as const, [FREE, {}] as const]) {
      await withRules(rules, target, (session) => session.upload(from, to));
      const { uid, size, mode } = statSync(to);
      expect({ uid, size, mode: mode & 0o777 }).toEqual({ uid: 0, size: 1_000_000, mode: 0o600 });
      rmSync(to);
    }
  });

  it('stays the user when become is off', async () => {
    const { stdout } = await withRules(FREE, { become: 'none' }, (session) => session.run('id -un'));
    expect(stdout).toBe(`${USER}\n`);
  });
});

describe('sudo refuses', () => {
  const cases: [title: string, rules: string, target: Partial<Target>, message: RegExp, hint: RegExp][] = [
    [
      'a wrong password',
      ASKS,
      { becomePassword: new Secret('wrong-one') },
      /wrong sudo password/,
      /--ask-become-pass/,
    ],
    [
      'to go on without a password',
      ASKS,
      {},
      /asks .* for a password, and none is known/,
      /--ask-become-pass/,
    ],
    ['who is not in sudoers', '', { becomePassword }, /may not use sudo/, /usermod -aG sudo/],
    [
      'another command',
      'USER ALL=(ALL) NOPASSWD: /bin/true\n',
      { becomePassword },
      /may not use sudo/,
      /usermod/,
    ],
    [
      'another command, no password is known',
      'USER ALL=(ALL) NOPASSWD: /bin/true\n',
      {},
      /for a password, and none is known/,
      /ask-become-pass/,
    ],
    [
      'who is not in sudoers, no password is known',
      '',
      {},
      /for a password, and none is known/,
      /ask-become-pass/,
    ],
    ['without a terminal', `Defaults:USER requiretty\n${FREE}`, {}, /wants a terminal/, /!requiretty/],
  ];
  for (const [title, rules, target, message, hint] of cases) {
    it(title, async () => {
      const script = `touch ${join(folder, 'ran')}\n`;
      const error = await withRules(rules, target, (session) => session.run(script)).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(HxError);
      expect(existsSync(join(folder, 'ran'))).toBe(false);
      const { code, exitCode, suggestions, message: said } = error as HxError;
      expect({ code, exitCode }).toEqual({ code: 'sudo', exitCode: 1 });
      expect(said).toMatch(message);
      expect(suggestions.join('\n')).toMatch(hint);
      expect(`${said} ${suggestions} ${JSON.stringify(error)}`).not.toMatch(/wrong-one|horse/);
    });
  }
});

describe.concurrent('logging in with a password (PAM)', () => {
  for (const method of ['KbdInteractiveAuthentication', 'PasswordAuthentication']) {
    it(method, async () => {
      const other = method.startsWith('Kbd') ? 'PasswordAuthentication' : 'KbdInteractiveAuthentication';
      const pam = await startSshd(['UsePAM yes', `${method} yes`, `${other} no`]);
      const login = (password: string) =>
        withRules(
          FREE,
          { port: pam.port, sshArgs: pam.args, identities: ['/no/such/key'], password: new Secret(password) },
          (session) => session.run(WHO),
        );
      try {
        expect(await login(PASSWORD)).toEqual(ROOT);
        const error = (await login('wrong-one').catch((e: unknown) => e)) as HxError;
        expect(error).toMatchObject({ code: 'authentication', exitCode: 4 });
        expect(error.message).toContain('tried the password');
        const failures = () => pam.log().match(/Failed |PAM: Authentication failure/g);
        await vi.waitFor(() => expect(failures()).toHaveLength(1));
      } finally {
        await pam.stop();
      }
    });
  }
});
