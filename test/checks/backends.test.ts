// What is said of backends, from their own host and from the gateway: the good case and each fault.
import { expect, test } from 'vitest';
import { backendAnswers } from '../../src/checks/backend-answers.js';
import { backendModels } from '../../src/checks/backend-models.js';
import { backendReach } from '../../src/checks/backend-reach.js';
import type { HostCheck, RoleHost } from '../../src/checks/check.js';
import { models } from '../../src/checks/models.js';
import { judges } from './judges.js';
import { aBackend, aBackendHost, aGateway, aModel, aStack, curlLine } from './members.js';

const tags = (...names: string[]) => ({
  models: names.map((name) => ({ name, digest: `${name}-digest-of-it` })),
});
const digest = (value: string) => ({ models: [{ name: 'phi3:3.8b', digest: value }] });
const say = (content: string) => ({ message: { role: 'assistant', content } });
const reach = (llm2: Parameters<typeof curlLine>[1]) =>
  `${curlLine('llm1', { body: { version: '0.34.4' } })}\n${curlLine('llm2', llm2)}`;
const answers = (llm2: Parameters<typeof curlLine>[1]) =>
  `nonce hxllm-0a1b2c\n${curlLine('phi3-3.8b on llm1', { body: say('hxllm-0a1b2c') })}\n${curlLine('phi3-3.8b on llm2', llm2)}`;
const embedder = aGateway({ models: [aModel('nomic-1', { mode: 'embedding', backends: ['llm1'] })] });
const embeds = (embeddings: unknown) => `nonce x\n${curlLine('nomic-1 on llm1', { body: { embeddings } })}`;

judges(models, aBackendHost(), [
  ['there, and more', curlLine('tags', { body: tags('phi3:3.8b', 'other:1') }), 'pass', /^phi3:3.8b$/],
  ['missing', curlLine('tags', { body: tags('other:1') }), 'fail', /^phi3:3.8b is not pulled$/],
  [
    'Ollama away',
    curlLine('tags', { rc: 7, error: 'Connection refused' }),
    'fail',
    /port 11434: it refuses the connection/,
  ],
]);

judges(backendReach, aGateway(), [
  ['reached', reach({ body: { version: '0.34.4' } }), 'pass', /llm2.lan:11434 is Ollama 0.34.4/],
  [
    'refused',
    reach({ rc: 7, error: 'curl: (7) Failed to connect to llm2.lan port 11434: Connection refused' }),
    'fail',
    /it refuses the connection/,
  ],
  ['no route', reach({ rc: 7, error: 'curl: (7) No route to host' }), 'fail', /there is no route to it/],
  ['timeout', reach({ rc: 28, error: 'curl: (28) timed out' }), 'fail', /does not answer in time/],
  ['name', reach({ rc: 6, error: 'curl: (6) Could not resolve host' }), 'fail', /its name is not found/],
  ['another server', reach({ body: '<html>', status: 404 }), 'fail', /answers 404, which is no Ollama/],
]);

judges(backendModels, aGateway(), [
  [
    'equal',
    `${curlLine('llm1', { body: digest('abc') })}\n${curlLine('llm2', { body: digest('abc') })}`,
    'pass',
    /phi3:3.8b abc on llm1, llm2/,
  ],
  [
    'different',
    `${curlLine('llm1', { body: digest('abc') })}\n${curlLine('llm2', { body: digest('def') })}`,
    'fail',
    /differs between backends: llm1 abc, llm2 def/,
  ],
  [
    'missing',
    `${curlLine('llm1', { body: digest('abc') })}\n${curlLine('llm2', { body: tags('x:1') })}`,
    'fail',
    /phi3:3.8b is missing on llm2/,
  ],
  [
    'a backend away',
    `${curlLine('llm1', { body: digest('abc') })}\n${curlLine('llm2', { rc: 28 })}`,
    'fail',
    /llm2 gives no list/,
  ],
]);

judges(backendAnswers, aGateway(), [
  ['echoed', answers({ body: say('hxllm-0a1b2c') }), 'pass', /^gave the nonce back in 12 ms$/],
  ['with more words', answers({ body: say('Sure: hxllm-0a1b2c') }), 'pass', /with the nonce in it/],
  [
    'other words',
    answers({ body: say('What do you mean?') }),
    'pass',
    /not with the nonce: What do you mean\?/,
  ],
  ['only thoughts', answers({ body: { message: { content: '', thinking: 'Hm' } } }), 'pass', /thought for/],
  ['empty', answers({ body: say('') }), 'fail', /empty answer/],
  [
    'unknown model',
    answers({ status: 404, body: { error: "model 'phi3:3.8b' not found" } }),
    'fail',
    /Ollama answers 404: model 'phi3:3.8b' not found/,
  ],
  [
    'no memory',
    answers({ status: 500, body: { error: 'model requires more system memory' } }),
    'fail',
    /more system memory/,
  ],
  ['too slow', answers({ rc: 28 }), 'fail', /in time/],
  ['an embedding', embeds([[0.1, 0.2]]), 'pass', /^2 dimensions/, embedder],
  ['no embedding', embeds([]), 'fail', /empty embedding/, embedder],
  ['zeros', embeds([[0, 0]]), 'fail', /zeros/, embedder],
]);

test('a managed backend is deployed, a foreign one is asked by hand', () => {
  const hint = (check: HostCheck, output: string, member: RoleHost) =>
    [check.judge(output, member, aStack())].flat().at(-1)?.hint;
  const refused = { rc: 7, error: 'Connection refused' };
  expect(hint(backendReach, reach(refused), aGateway())).toContain('hxllm deploy --limit llm2.lan');
  const { host: _, ...foreign } = aBackend('llm2');
  const gateway = aGateway({ backends: [aBackend('llm1'), foreign] });
  expect(hint(backendReach, reach(refused), gateway)).toContain('OLLAMA_HOST=0.0.0.0');
  const lists = `${curlLine('llm1', { body: digest('abc') })}\n${curlLine('llm2', { body: tags('x:1') })}`;
  expect(hint(backendModels, lists, aGateway())).toBe('hxllm deploy --limit llm2.lan');
  expect(hint(backendModels, lists, gateway)).toContain('http://llm2.lan:11434/api/pull');
  const silent = `${curlLine('llm1', { body: digest('abc') })}\n${curlLine('llm2', { rc: 28 })}`;
  expect(hint(backendModels, silent, aGateway())).toContain('--only backend-reach');
  expect(hint(backendAnswers, answers({ rc: 28 }), aGateway())).toContain('--only backend-reach');
  const unknown = answers({ status: 404, body: { error: 'model not found' } });
  expect(hint(backendAnswers, unknown, aGateway())).toMatch(/^hxllm deploy --limit llm\d.lan$/);
});
