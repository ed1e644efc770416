// What is decided about models: room, states, what clients get, what a sync does.
import { expect, test } from 'vitest';
import { offered } from '../../../src/tasks/models/disks.js';
import type { ListedModel } from '../../../src/tasks/models/list.js';
import { noRoom, roomScript } from '../../../src/tasks/models/room.js';
import { wishesOf } from '../../../src/tasks/models/sync.js';

const HEX = (digit: string) => digit.repeat(64);
const answer = (status: number, body: string) =>
  `phi3:3.8b|0|${status} 0.1 0.1|${Buffer.from(body).toString('base64')}|`;
const MANIFEST = JSON.stringify({
  config: { digest: `sha256:${HEX('c')}`, size: 400 },
  layers: [{ digest: `sha256:${HEX('a')}`, size: 2_000_000_000 }],
});
const said = (free: number, blobs: string, manifest = answer(200, MANIFEST)) =>
  `${blobs}@free ${free} /var/lib/ollama/models\n${manifest}`;

test.each([
  ['enough', said(2_000_000_400, ''), undefined],
  [
    'one byte short',
    said(2_000_000_399, ''),
    /no room in \/var\/lib\/ollama\/models: 2\.0 GB are to come, 2\.0 GB are free/,
  ],
  ['there already', said(0, `@blob sha256-${HEX('a')} 1\n@blob sha256-${HEX('c')} 1\n`), undefined],
  ['a part of it', said(1_000_000_400, `@blob sha256-${HEX('a')}-partial 1953125\n`), undefined],
  ['less than that part', said(1_000_000_399, `@blob sha256-${HEX('a')}-partial 1953125\n`), /no room/],
  ['an unknown model', said(0, '', answer(404, 'not found')), undefined],
  ['a registry of another kind', said(0, '', answer(200, '{}')), undefined],
  ['a host that says nothing', '', undefined],
])('room: %s', (_, output, wanted) => {
  const error = noRoom('llm1', output);
  if (wanted) expect(error?.message).toMatch(wanted);
  else expect(error).toBeUndefined();
});

test('room is asked of the registry that is pulled from', () => {
  expect(roomScript(['phi3:3.8b'], 'http://10.0.0.1:5000/')).toContain(
    'http://10.0.0.1:5000/v2/library/phi3/manifests/3.8b',
  );
  expect(roomScript(['me/x:1'], 'http://10.0.0.1:5000')).toContain(
    'http://10.0.0.1:5000/v2/library/me/x/manifests/1',
  );
  expect(roomScript(['me/x:1'], undefined)).toContain('https://registry.ollama.ai/v2/me/x/manifests/1');
  expect(roomScript(['hf.co/a/b:Q4'], undefined)).toContain('https://hf.co/v2/a/b/manifests/Q4');
});

test('what a gateway offers of Ollama', () => {
  const config = `model_list:
  - model_name: phi3-3.8b
    litellm_params: {model: "ollama_chat/phi3:3.8b", api_base: "http://127.0.0.1:11401"}
  - model_name: embed
    litellm_params: {model: ollama/nomic-embed-text}
  - model_name: far
    litellm_params: {model: openai/gpt-x}
`;
  expect(offered(config)).toEqual([
    { name: 'phi3-3.8b', model: 'phi3:3.8b' },
    { name: 'embed', model: 'nomic-embed-text:latest' },
  ]);
  expect([offered(''), offered('other: 1')]).toEqual([[], []]);
});

test('a sync pulls what is missing or differs, and removes only when it is told to', () => {
  const one = (model: string, state: ListedModel['state'], wanted: boolean): ListedModel => ({
    ...{ host: 'a', model, state, wanted },
    ...{ loaded: false, offered: [] },
  });
  const models = [
    one('ok:1', 'ok', true),
    one('new:1', 'not pulled', true),
    one('old:1', 'differs', true),
    one('odd:1', 'differs', false),
    one('more:1', 'not wanted', false),
  ];
  expect(wishesOf(models, false)).toEqual(new Map([['a', { pull: ['new:1', 'old:1'], remove: [] }]]));
  expect(wishesOf(models, true).get('a')?.remove).toEqual(['odd:1', 'more:1']);
});
