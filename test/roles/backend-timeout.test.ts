// What HAProxy itself does with a backend that hangs: the rendered configuration is run, with backends of this process behind it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import { type AddressInfo, createServer as listener } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { poll, sleep } from '../../src/retry.js';
import { listenersOf } from '../../src/roles/gateway/haproxy.js';
import { COMPLETED } from '../stack/inventory.js';
import { fileOf } from './fleet.js';

const PATH = '/etc/haproxy/haproxy.cfg';
/** What a process without a host of its own cannot have. */
const OF_THE_HOST = /^ +(log|chroot|stats|user|group|server-state-file|load-server-state-from-file) .*\n/gm;

/** What each backend does with a request; its version it always tells. */
const does: Record<'first' | 'second', RequestListener> = { first: hang, second: hang };
function hang(): void {}
const servers: Server[] = [];
async function backend(name: keyof typeof does): Promise<number> {
  const server = createServer((asked, answer) =>
    asked.url === '/api/version' ? answer.end('{}') : does[name](asked, answer),
  );
  servers.push(server);
  return portOf(server);
}
async function portOf(server: {
  listen(port: number, address: string, then: () => void): unknown;
  address(): unknown;
}) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

let haproxy: ChildProcess;
let url = '';
const folder = mkdtempSync(join(tmpdir(), 'hxllm-haproxy-'));
beforeAll(async () => {
  const [first, second] = [await backend('first'), await backend('second')];
  const urls = [first, second].map((port) => `"http://127.0.0.1:${port}"`).join(', ');
  const text = await fileOf(PATH, `${COMPLETED}litellm_backends: [${urls}]\nlitellm_backend_timeout: 1\n`);
  const free = listener();
  const port = await portOf(free);
  free.close();
  const head = text.slice(0, text.indexOf('\nfrontend ')).replace(OF_THE_HOST, '');
  const own = listenersOf(text)
    .join('\n')
    .replace(/ log-format.*/, '')
    .replace(/bind 127.0.0.1:\d+/, `bind 127.0.0.1:${port}`);
  writeFileSync(join(folder, 'cfg'), `${head}\n${own}`);
  haproxy = spawn('/usr/sbin/haproxy', ['-db', '-f', join(folder, 'cfg')], { stdio: 'ignore' });
  url = `http://127.0.0.1:${port}/api/chat`;
  expect(
    await poll(
      () =>
        fetch(url).then(
          () => true as const,
          () => undefined,
        ),
      { timeoutMs: 10_000 },
    ),
  ).toBe(true);
});
afterAll(() => {
  haproxy?.kill('SIGKILL');
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

interface Answer {
  status: number | undefined;
  text: string;
  /** It ended as its sender meant it to end. */
  whole: boolean;
  ms: number;
}

/** By node:http: whether fetch reports a cut answer depends on Node's version. */
const ask = () =>
  new Promise<Answer>((resolve, reject) => {
    const start = Date.now();
    const asked = request(url, { method: 'POST' }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece));
      answer.on('error', () => {}); // the cut: `complete` tells it
      answer.on('close', () => {
        resolve({ status: answer.statusCode, text, whole: answer.complete, ms: Date.now() - start });
      });
    });
    asked.on('error', reject);
    asked.end('{}');
  });

test('a request that one backend lets hang is answered by the other after the bound', async () => {
  does.first = hang;
  does.second = (_, answer) => answer.end('good');
  const answers = await Promise.all([ask(), ask(), ask(), ask()]);
  for (const { ms, ...rest } of answers) {
    expect(rest).toEqual({ status: 200, text: 'good', whole: true });
    expect(ms).toBeLessThan(10_000);
  }
  expect(Math.max(...answers.map(({ ms }) => ms))).toBeGreaterThan(900);
});

test('a stream that has begun ends after the bound, and is not given to another', async () => {
  let asked = 0;
  const begin: RequestListener = (_, answer) => {
    asked++;
    answer.write('one piece');
  };
  does.first = begin;
  does.second = begin;
  const { ms, ...rest } = await ask();
  expect(rest).toEqual({ status: 200, text: 'one piece', whole: false });
  expect(ms).toBeLessThan(10_000);
  expect(asked).toBe(1);
});

test('an answer that takes its time between two pieces is whole when each comes within the bound', async () => {
  const slow: RequestListener = async (_, answer) => {
    for (let left = 4; left > 0; left--) {
      answer.write('x');
      await sleep(500);
    }
    answer.end();
  };
  does.first = slow;
  does.second = slow;
  expect(await ask()).toMatchObject({ status: 200, text: 'xxxx', whole: true });
});

test('when all hang, the wait ends all the same', async () => {
  does.first = hang;
  does.second = hang;
  const { status, ms } = await ask();
  expect(status).toBe(504);
  expect(ms).toBeLessThan(15_000);
});
