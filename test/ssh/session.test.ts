// A session on a real sshd, as root: run, open, upload, tunnel.
import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whole } from '../../src/shell.js';
import { connect, type Session, type Target } from '../../src/ssh/index.js';
import { type Sshd, startSshd } from '../support/sshd.js';

let sshd: Sshd;
let session: Session;
let folder: string;
let target: Target;

beforeAll(async () => {
  sshd = await startSshd();
  folder = await mkdtemp(join(tmpdir(), 'hxllm-ssh-'));
  target = {
    name: 'web1',
    address: '127.0.0.1',
    port: sshd.port,
    user: 'root',
    identities: [join(sshd.folder, 'id')],
    become: 'none',
    sshArgs: sshd.args,
  };
  session = await connect(target);
});

afterAll(async () => {
  session?.close();
  await sshd?.stop();
  if (folder) await rm(folder, { recursive: true });
});

describe('run', () => {
  it('sends a script on stdin and gives back its exit code and output', async () => {
    const result = await session.run(whole('id -un; echo "$0 $LC_ALL"; echo oops >&2; exit 7'));
    expect(result).toEqual({ code: 7, stdout: 'root\nsh C\n', stderr: 'oops\n' });
  });

  it('hands over each line when it is whole, also a last one without its end', async () => {
    const lines: string[] = [];
    await session.run(whole('printf "a"; sleep 0.1; printf "b\\nc\\nd"'), {
      onLine: (line) => lines.push(line),
    });
    expect(lines).toEqual(['ab', 'c', 'd']);
  });

  it('runs bash when the script needs it', async () => {
    const { stdout } = await session.run(whole('echo "${BASH_VERSION:+bash}"'), { shell: 'bash' });
    expect(stdout).toBe('bash\n');
  });

  it('tells a killed script from a lost connection', async () => {
    expect((await session.run('kill -9 $$')).code).toBe(137);
  });

  it('runs nothing of a script that is cut', async () => {
    const mark = join(folder, 'cut');
    const cut = whole(`touch ${mark}\nexit 0`).slice(0, -20);
    expect((await session.run(cut)).code).toBe(2);
    await expect(stat(mark)).rejects.toThrow('ENOENT');
  });

  it('stays within sshd’s MaxSessions however many are asked for at once', async () => {
    const results = await Promise.all(Array.from({ length: 12 }, (_, n) => session.run(`echo ${n}`)));
    expect(results.map((result) => result.stdout)).toEqual(Array.from({ length: 12 }, (_, n) => `${n}\n`));
  });

  it('gives up after its time, and the connection lives on', async () => {
    await expect(session.run('sleep 5', { timeoutMs: 200 })).rejects.toMatchObject({ code: 'host-failed' });
    expect((await session.run('echo on')).stdout).toBe('on\n');
  });

  it('stops on an abort signal', async () => {
    const controller = new AbortController();
    const running = session.run('sleep 5', { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('stopped by test')), 100);
    await expect(running).rejects.toThrow('stopped by test');
  });
});

it('shows scripts and replies to who asks for them', async () => {
  const lines: string[] = [];
  const shown = await connect(target, { trace: (line) => lines.push(line) });
  await shown.run('echo one\necho two >&2; exit 3\n');
  shown.close();
  expect(lines.slice(1)).toEqual([
    'web1 > echo one',
    'web1 > echo two >&2; exit 3',
    'web1 < one',
    'web1 ! two',
    'web1 = exit code 3',
  ]);
});

describe('open', () => {
  it('answers a script through the stdin that it was sent on', async () => {
    const lines: string[] = [];
    const script = `main() { echo ready; read -r word <&3; echo "got $word"; exit 3; }\nexec 3<&0; main </dev/null; exit $?\n`;
    const running = session.open(script, {
      shell: 'bash',
      onLine: (line) => {
        lines.push(line);
        if (line === 'ready') running.write('keep\n');
      },
    });
    expect((await running.done).code).toBe(3);
    expect(lines).toEqual(['ready', 'got keep']);
  });

  it('lets the script see the end of its stdin', async () => {
    const running = session.open('exec 3<&0; cat <&3 >/dev/null; echo over; exit\n');
    setTimeout(() => running.end(), 100);
    expect((await running.done).stdout).toBe('over\n');
  });
});

describe('upload', () => {
  it('writes the file whole, mode 0600, with progress', async () => {
    const [from, to] = [join(folder, 'from'), join(folder, 'a dir with spaces')];
    const content = Buffer.alloc(3_000_000, 'abcdefg');
    writeFileSync(from, content);
    const seen: number[] = [];
    await session.upload(from, to, { onProgress: (bytes, total) => seen.push(bytes / total) });
    expect((await readFile(to)).equals(content)).toBe(true);
    expect((await stat(to)).mode & 0o777).toBe(0o600);
    expect(seen.at(-1)).toBe(1);
    await expect(stat(`${to}.part`)).rejects.toThrow('ENOENT');
  });

  it('writes an empty file', async () => {
    const from = join(folder, 'empty');
    writeFileSync(from, '');
    await session.upload(from, join(folder, 'empty.copy'));
    expect((await stat(join(folder, 'empty.copy'))).size).toBe(0);
  });

  it('says what the host said when it cannot write', async () => {
    writeFileSync(join(folder, 'x'), 'x');
    await expect(session.upload(join(folder, 'x'), '/no/such/folder/x')).rejects.toThrow(
      /No such file|nonexistent/,
    );
  });
});

describe('tunnel', () => {
  it('leads a local port to an address that the host sees', async () => {
    const server = createServer((_, response) => response.end('from inside'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const tunnel = await session.tunnel('127.0.0.1', (server.address() as AddressInfo).port);
    const answer = await fetch(`http://127.0.0.1:${tunnel.port}/`, { headers: { connection: 'close' } });
    expect(await answer.text()).toBe('from inside');
    tunnel.close();
    await expect(fetch(`http://127.0.0.1:${tunnel.port}/`)).rejects.toThrow();
    server.close();
  });

  it('refuses who comes when the connection is lost, and hxllm lives on', async () => {
    const lost = await connect(target);
    const tunnel = lost.tunnel('127.0.0.1', 9);
    lost.close();
    await expect(fetch(`http://127.0.0.1:${(await tunnel).port}/`)).rejects.toThrow();
    await expect(fetch(`http://127.0.0.1:${(await lost.tunnel('127.0.0.1', 9)).port}/`)).rejects.toThrow();
  });
});
