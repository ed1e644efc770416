// How long a gateway waits for a model, and how often it asks again.
import { afterAll, beforeAll, expect } from 'vitest';
import { SLOW, type SlowOllama, slowOllama } from '../support/slow-ollama.js';
import { fullOnly } from './support/full.js';
import { useDeployed } from './support/shared.js';
import { BACKENDS, GATEWAY, masterKey } from './support/stack.js';

const lab = useDeployed();
const SECONDS = 3;
const control = () => new URL(lab().registry).hostname;
let front: SlowOllama;
beforeAll(async () => {
  front = await slowOllama(control(), `http://${lab().address(BACKENDS[0]!)}:11434`);
});
afterAll(() => front?.close());

async function deployed(vars: object): Promise<void> {
  const { code, stdout } = await lab().hxllm(['deploy', '--yes', '-e', JSON.stringify(vars)]);
  expect([code, code === 0 ? '' : stdout]).toEqual([0, '']);
}

async function chat(content: string): Promise<number> {
  const { status } = await fetch(`http://${lab().address(GATEWAY)}:4000/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await masterKey(lab())}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'phi3-3.8b', messages: [{ role: 'user', content }] }),
  });
  return status;
}

/** Requests that LiteLLM has made to its backends since HAProxy was reloaded. */
async function made(): Promise<number> {
  const { stdout } = await lab().ssh(
    GATEWAY,
    `echo show stat | socat stdio /run/haproxy/admin.sock | awk -F, '$1 ~ /^ollama/ && $2 == "FRONTEND" { n += $49 } END { print n }'`,
  );
  return Number(stdout);
}

fullOnly('a model that does not answer is tried as often again as was asked for', async () => {
  for (const retries of [2, 1]) {
    await deployed({ litellm_max_retries: retries });
    for (const host of BACKENDS) await lab().ssh(host, 'systemctl stop ollama');
    const before = await made();
    expect(await chat('hello')).toBeGreaterThanOrEqual(500);
    expect((await made()) - before).toBe(1 + retries);
    for (const host of BACKENDS) await lab().ssh(host, 'systemctl start ollama');
  }
});

fullOnly('a request is given up when its time is over', async () => {
  await deployed({
    litellm_backends: [front.url],
    ollama_allowed_networks: [control()],
    litellm_request_timeout: SECONDS,
  });
  const begun = Date.now();
  expect(await chat(SLOW(30, 'hxllm-slow').text)).toBe(504);
  expect((Date.now() - begun) / 1000).toBeGreaterThanOrEqual(SECONDS);
  expect((Date.now() - begun) / 1000).toBeLessThan(2 * SECONDS);
});
