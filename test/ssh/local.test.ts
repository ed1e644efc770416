// This machine as a host, without SSH: what runs, as whom, in which environment, and what is left of it afterwards.
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../src/secret.js';
import { command, whole } from '../../src/shell.js';
import { connect, type Session } from '../../src/ssh/index.js';
import { Local } from '../../src/ssh/local.js';
import { sessionOf } from '../../src/ssh/session.js';
import { Slots } from '../../src/ssh/slots.js';
import { freePort, need } from '../support/sshd.js';

const here = () => connect({ name: 'me', address: 'nowhere.invalid', become: 'sudo', local: true });
let folder: string;
let session: Session;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hxllm-local-'));
  session = await here();
});
afterAll(async () => {
  session?.close();
  await rm(folder, { recursive: true });
});

/** Seconds that no other process of this machine sleeps. */
const LONG = `4711.${process.pid}`;
const running = () =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.split(' ').includes(LONG));

describe('run', () => {
  it('gives back exit code and output, as over SSH', async () => {
    const result = await session.run(whole('id -un; echo "$0 $LC_ALL"; echo oops >&2; exit 7'));
    expect(result).toEqual({ code: 7, stdout: 'root\nsh C\n', stderr: 'oops\n' });
  });

  it('gives the script nothing of the shell that hxllm was started from', async () => {
    vi.stubEnv('OLLAMA_HOST', 'elsewhere');
    const umask = process.umask(0o077);
    const { stdout } = await session.run(whole('echo "$OLLAMA_HOST|$PATH|$(umask)|$(pwd)"; ps -o tty= $$'));
    process.umask(umask);
    vi.unstubAllEnvs();
    expect(stdout).toBe('|/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|0022|/\n?\n');
  });

  it('tells lines as they come, and a killed script by its code', async () => {
    const lines: string[] = [];
    const script = 'printf "a"; sleep 0.1; printf "b\\nc"; kill -9 $$';
    const { code } = await session.run(script, { shell: 'bash', onLine: (line) => lines.push(line) });
    expect([code, lines]).toEqual([137, ['ab', 'c']]);
  });

  it('gives up after its time, and nothing of it goes on', async () => {
    const slow = session.run(whole(`sleep ${LONG} & sleep ${LONG}; true`), { timeoutMs: 300 });
    await expect(slow).rejects.toMatchObject({
      code: 'host-failed',
      message: expect.stringMatching(/no end after/),
    });
    await vi.waitFor(() => expect(running()).toEqual([]), { timeout: 5000 });
    expect((await session.run('echo on')).stdout).toBe('on\n');
  });

  it('stops on an abort signal, and nothing of it goes on', async () => {
    const controller = new AbortController();
    const slow = session.run(`sleep ${LONG}`, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('stopped by test')), 100);
    await expect(slow).rejects.toThrow('stopped by test');
    await vi.waitFor(() => expect(running()).toEqual([]), { timeout: 5000 });
  });
});

describe('open', () => {
  it('answers a script through its stdin', async () => {
    const script = `main() { echo ready; read -r word <&3; echo "got $word"; exit 3; }\nexec 3<&0; main </dev/null; exit $?\n`;
    const open = session.open(script, {
      shell: 'bash',
      onLine: (l) => l === 'ready' && open.write('keep\n'),
    });
    expect(await open.done).toEqual({ code: 3, stdout: 'ready\ngot keep\n', stderr: '' });
  });

  it('a script that puts back what it did may do so to its end when hxllm is gone', async () => {
    const mark = join(folder, 'put-back');
    const mine = await here();
    const body = `trap '' TERM PIPE; echo ready; while read -r _ <&3; do :; done; sleep 0.3; touch ${mark}`;
    const open = mine.open(`main() { ${body}; }\nexec 3<&0; main </dev/null; exit $?\n`, {
      shell: 'bash',
      onLine: () => mine.close(),
    });
    expect((await open.done).code).toBeNull();
    await vi.waitFor(() => expect(existsSync(mark)).toBe(true), { timeout: 5000 });
    await expect(mine.run('true')).rejects.toMatchObject({ code: 'connection-lost' });
  });
});

it('uploads a file: whole, mode 0600, with progress', async () => {
  const [from, to] = [join(folder, 'from'), join(folder, 'a dir with spaces')];
  const content = Buffer.alloc(3_000_000, 'abcdefg');
  writeFileSync(from, content);
  const seen: number[] = [];
  await session.upload(from, to, { onProgress: (bytes, total) => seen.push(bytes / total) });
  expect([(await readFile(to)).equals(content), (await stat(to)).mode & 0o777, seen.at(-1)]).toEqual([
    true,
    0o600,
    1,
  ]);
  await expect(session.upload(from, '/no/such/folder/x')).rejects.toThrow(/No such file|nonexistent/);
});

it('a tunnel leads to what listens here, and tells why nothing does', async () => {
  const server = createServer((_, response) => response.end('from inside'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const mine = await here();
  const tunnel = await mine.tunnel('127.0.0.1', (server.address() as AddressInfo).port);
  const nothing = await mine.tunnel('127.0.0.1', await freePort());
  const ask = (port: number) => fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
  expect(await (await ask(tunnel.port)).text()).toBe('from inside');
  await expect(ask(nothing.port)).rejects.toThrow();
  expect(nothing.refused?.()).toContain('ECONNREFUSED');
  mine.close();
  await expect(ask(tunnel.port)).rejects.toThrow();
  server.close();
});

describe('as a user whose sudo makes root', () => {
  const USER = `hxllm-l${process.pid}`;
  const RULES = `/etc/sudoers.d/${USER}`;
  const PASSWORD = new Secret('correct horse $"battery\'');
  beforeAll(() => {
    need('/usr/bin/sudo', 'sudo');
    execFileSync('useradd', ['--create-home', USER]);
    execFileSync('chpasswd', { input: `${USER}:${PASSWORD.reveal()}\n` });
  });
  afterAll(async () => {
    await rm(RULES, { force: true });
    execFileSync('userdel', ['--remove', '--force', USER], { stdio: 'ignore' });
  });

  /** hxllm as that user has started it: these tests are root's. */
  class Theirs extends Local {
    override exec(line: string, options: Parameters<Local['exec']>[1]) {
      return super.exec(command('runuser', '-u', USER, '--', 'sh', '-c', line), options);
    }
  }
  const WHO = whole('id -un; echo "$LC_ALL"; echo err >&2; exit 4');
  async function asked(rules: string, password?: Secret) {
    writeFileSync(RULES, rules.replaceAll('USER', USER), { mode: 0o440 });
    const place = { name: 'me', client: new Theirs(), slots: new Slots(4), user: USER, sudo: true, password };
    const mine = sessionOf(place, () => {});
    return mine.run(WHO).finally(() => mine.close());
  }

  const ASKS = 'Defaults:USER timestamp_timeout=0\nUSER ALL=(ALL) ALL\n';
  for (const [title, rules, password] of [
    ['that asks nothing', 'USER ALL=(ALL) NOPASSWD: ALL\n', undefined],
    ['that asks for the password', ASKS, PASSWORD],
    ['with use_pty', `Defaults:USER use_pty\n${ASKS}`, PASSWORD],
  ] as const)
    it(title, async () =>
      expect(await asked(rules, password)).toEqual({ code: 4, stdout: 'root\nC\n', stderr: 'err\n' }),
    );

  for (const [title, rules, password, message] of [
    ['a wrong password', ASKS, new Secret('wrong-one'), /wrong sudo password/],
    ['no password', ASKS, undefined, /for a password, and none is known/],
    ['who is not in sudoers', '', PASSWORD, /may not use sudo/],
  ] as const)
    it(`refuses ${title}`, () =>
      expect(asked(rules, password)).rejects.toMatchObject({
        code: 'sudo',
        message: expect.stringMatching(message),
      }));
});
