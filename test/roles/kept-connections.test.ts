// A client keeps its connection, HAProxy keeps none to LiteLLM: one that LiteLLM closes just when a request comes would be a hang-up for the client.
import { Agent } from 'node:http';
import type { Socket } from 'node:net';
import { afterAll, expect, test, vi } from 'vitest';
import { COMPLETED } from '../stack/inventory.js';
import { fileOf } from './fleet.js';
import { ask, freePort, runHaproxy, serve, slotsOf } from './own-haproxy.js';

const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
});

test('each request of a kept connection comes to LiteLLM on a new one', async () => {
  const seen = new Set<Socket>();
  let asked = 0;
  const litellm = await serve((request, answer) => {
    asked++;
    seen.add(request.socket);
    answer.end('done');
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v1/chat/completions`;
  const text = await fileOf('/etc/haproxy/haproxy.cfg', COMPLETED);
  const haproxy = await runHaproxy(slotsOf(text, { port, litellm: litellm.port }), url);
  const kept = new Agent({ keepAlive: true, maxSockets: 1 });
  ends.push(haproxy.stop, litellm.stop, () => kept.destroy());
  const opened = vi.spyOn(kept, 'createConnection');
  for (let request = 0; request < 5; request++) {
    const { status, text: said } = await ask(url, kept);
    expect([status, said]).toEqual([200, 'done']);
  }
  expect(opened).toHaveBeenCalledTimes(1);
  expect(seen.size).toBe(asked);
});
