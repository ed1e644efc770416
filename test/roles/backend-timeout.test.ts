// What HAProxy itself does with a backend that hangs: the rendered configuration is run, with backends of this process behind it.
import type { RequestListener } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sleep } from '../../src/retry.js';
import { listenersOf } from '../../src/roles/gateway/haproxy.js';
import { COMPLETED } from '../stack/inventory.js';
import { fileOf } from './fleet.js';
import { ask as askAt, freePort, headOf, runHaproxy, serve } from './own-haproxy.js';

/** What each backend does with a request; its version it always tells. */
const does: Record<'first' | 'second', RequestListener> = { first: hang, second: hang };
function hang(): void {}
const backend = (name: keyof typeof does) =>
  serve((asked, answer) => (asked.url === '/api/version' ? answer.end('{}') : does[name](asked, answer)));

let url = '';
const ends: (() => void)[] = [];
beforeAll(async () => {
  const backends = [await backend('first'), await backend('second')];
  const urls = backends.map(({ port }) => `"http://127.0.0.1:${port}"`).join(', ');
  const text = await fileOf(
    '/etc/haproxy/haproxy.cfg',
    `${COMPLETED}litellm_backends: [${urls}]\nlitellm_backend_timeout: 1\n`,
  );
  const port = await freePort();
  const own = listenersOf(text)
    .join('\n')
    .replace(/ log-format.*/, '')
    .replace(/bind 127.0.0.1:\d+/, `bind 127.0.0.1:${port}`);
  url = `http://127.0.0.1:${port}/api/chat`;
  ends.push((await runHaproxy(`${headOf(text)}\n${own}`, url)).stop, ...backends.map(({ stop }) => stop));
});
afterAll(() => {
  for (const end of ends) end();
});

const ask = () => askAt(url);

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
