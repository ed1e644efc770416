// Limits of one request and of all clients together, by the rendered haproxy.cfg in the real program.
import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { type ClientRequest, request, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { COMPLETED } from '../stack/inventory.js';
import { fileOf } from './fleet.js';
import { freePort, gatewayOf, runHaproxy, serve } from './own-haproxy.js';

const KEYS = ['admin', 'alice', 'bob'];
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A gateway with these variables; `answer` is LiteLLM. Gives its address. */
async function gateway(variables: string, answer: (to: ServerResponse) => void): Promise<string> {
  const text = await fileOf('/etc/haproxy/haproxy.cfg', `${COMPLETED}${variables}`);
  const map = join(mkdtempSync(join(tmpdir(), 'hxllm-limits-')), 'clients.map');
  const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
  writeFileSync(map, KEYS.map((name) => `${sha256(`sk-${name}`)} ${name}\n`).join(''));
  const litellm = await serve((_, to) => answer(to));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/v1/chat/completions`;
  const own = gatewayOf(text, { port, litellm: litellm.port, map });
  ends.push((await runHaproxy(own, `http://127.0.0.1:${port}/ready`)).stop, litellm.stop);
  return url;
}

interface Got {
  status: number | undefined;
  retry: string | undefined;
}

function ask(
  url: string,
  client: string,
  send: (to: ClientRequest) => unknown = (to) => to.end('{}'),
): Promise<Got> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer sk-${client}` };
    const asked = request(url, { method: 'POST', headers, agent: false }, (answer) => {
      answer.resume().on('end', () => {
        asked.destroy();
        resolve({ status: answer.statusCode, retry: answer.headers['retry-after'] });
      });
    });
    send(asked.on('error', reject));
  });
}

test('requests a minute of all clients: what is refused does not count, strangers and the administrator do not', async () => {
  const url = await gateway('litellm_max_rpm: 3\n', (to) => to.end());
  const asked: [string, number][] = [];
  for (const client of ['nobody', 'alice', 'admin', 'bob', 'alice', 'bob', 'alice', 'admin', 'nobody']) {
    const { status, retry } = await ask(url, client);
    asked.push([client, status ?? 0]);
    expect([client, status, retry]).toEqual([client, status, status === 429 ? '10' : undefined]);
  }
  expect(asked.map(([client, status]) => `${client} ${status}`)).toEqual([
    'nobody 200',
    'alice 200',
    'admin 200',
    'bob 200',
    'alice 200',
    'bob 429',
    'alice 429',
    'admin 200',
    'nobody 200',
  ]);
});

test('requests at once of all clients', async () => {
  const waiting: ServerResponse[] = [];
  const url = await gateway('litellm_max_parallel: 2\n', (to) => waiting.push(to));
  const first = [ask(url, 'alice'), ask(url, 'bob')];
  await expect.poll(() => waiting.length).toBe(2);
  expect(await ask(url, 'alice')).toEqual({ status: 429, retry: '1' });
  const admin = ask(url, 'admin');
  await expect.poll(() => waiting.length).toBe(3);
  for (const one of waiting) one.end();
  expect((await Promise.all([...first, admin])).map(({ status }) => status)).toEqual([200, 200, 200]);
  const after = ask(url, 'alice');
  await expect.poll(() => waiting.length).toBe(4);
  waiting[3]?.end();
  expect((await after).status).toBe(200);
});

test('the size of a request: refused before it is sent, and one of unknown length, too', async () => {
  let met = 0;
  const url = await gateway('litellm_max_request_mb: 1\n', (to) => {
    met++;
    to.end();
  });
  const announced = (bytes: number) => (to: ClientRequest) =>
    to.setHeader('content-length', bytes) && to.flushHeaders();
  expect((await ask(url, 'alice', announced(1_000_001))).status).toBe(413);
  const unknown = (to: ClientRequest) => to.setHeader('transfer-encoding', 'chunked') && to.end('{}');
  expect((await ask(url, 'admin', unknown)).status).toBe(411);
  expect(met).toBe(0);
  expect((await ask(url, 'alice', (to) => to.end('x'.repeat(1_000_000)))).status).toBe(200);
});
