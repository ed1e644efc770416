// More requests at once than LiteLLM can take: HAProxy keeps them in order and hands them over, none is refused.
import type { ServerResponse } from 'node:http';
import { afterAll, expect, test } from 'vitest';
import { COMPLETED } from '../stack/inventory.js';
import { fileOf } from './fleet.js';
import { ask, freePort, runHaproxy, serve, slotsOf } from './own-haproxy.js';

const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
});

test('what is beyond the limit waits in HAProxy, and gets its answer', async () => {
  const text = await fileOf('/etc/haproxy/haproxy.cfg', COMPLETED);
  // far below the 2048 that wait at LiteLLM's own port at the most, where HAProxy's check would wait behind them
  expect(text).toMatch(/^ {4}default-server check .* maxconn 1000$/m);
  let [now, most, isReady] = [0, 0, false];
  const waiting: ServerResponse[] = [];
  const litellm = await serve((_, answer) => {
    if (!isReady) return void answer.end('ready');
    now++;
    most = Math.max(most, now);
    waiting.push(answer);
    answer.on('close', () => now--);
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v1/chat/completions`;
  const slots = slotsOf(text, { port, litellm: litellm.port }).replace('maxconn 1000', 'maxconn 5');
  ends.push((await runHaproxy(slots, url)).stop, litellm.stop);
  isReady = true;
  const asked = Array.from({ length: 12 }, () => ask(url));
  for (let answered = 0; answered < 12; answered++) {
    await expect.poll(() => waiting.length, { timeout: 5000 }).toBeGreaterThan(0);
    waiting.shift()?.end('done');
  }
  for (const { status, text } of await Promise.all(asked)) expect([status, text]).toEqual([200, 'done']);
  expect(most).toBe(5);
});
