// How long a gateway waits for a model, and how often it asks again: a front of a real Ollama that answers too slowly.
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

fullOnly.each([0, 2])('a request is given up when its time is over, after %i tries more', async (retries) => {
  const vars = {
    litellm_backends: [front.url],
    ollama_allowed_networks: [control()],
    litellm_request_timeout: SECONDS,
    litellm_max_retries: retries,
  };
  const { code, stdout } = await lab().hxllm(['deploy', '--yes', '-e', JSON.stringify(vars)]);
  expect([code, code === 0 ? '' : stdout]).toEqual([0, '']);
  const begun = Date.now();
  const { status } = await fetch(`http://${lab().address(GATEWAY)}:4000/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await masterKey(lab())}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'phi3-3.8b',
      messages: [{ role: 'user', content: SLOW(30, 'hxllm-slow').text }],
    }),
  });
  const tries = Math.floor((Date.now() - begun) / 1000 / SECONDS);
  expect([status, tries]).toEqual([expect.any(Number), 1 + retries]);
  expect(status).toBeGreaterThanOrEqual(400);
});
