// A rotation that nobody finished is told by plan and verify: whose key, until when, and the command that ends it.
import { expect, test } from 'vitest';
import { rotation } from '../../src/checks/rotation.js';
import { stackOf } from '../../src/stack/read.js';
import { unfinishedText } from '../../src/stack/unfinished.js';
import { guide, KEY } from './inventory.js';

const OLD = 'sk-fedcba9876543210fedcba9876543210';
const HEAD = `litellm_master_key: "{{ vault_key }}"
litellm_models: [{name: phi3-3.8b, provider: ollama, model: "phi3:3.8b"}]
vault_key: ${KEY}
`;
const CLIENT = `litellm_clients: [{name: alice, key: "{{ alice_key }}"}]
alice_key: ${KEY}-of-alice
alice_key_previous: ${OLD}
`;
const FUTURE = 4_000_000_000;

test.each([
  ['nothing', '', []],
  [
    'no end',
    `vault_key_previous: ${OLD}\n`,
    [
      'the old key of admin is still accepted: its rotation is not finished; finish it with: hxllm rotate-key',
    ],
  ],
  [
    'an end to come',
    `${CLIENT}alice_key_previous_until: ${FUTURE}\n`,
    [
      'the old key of alice is accepted until 2096-10-02 07:06:40 UTC: its rotation is not finished; finish it with: hxllm rotate-key --client alice',
    ],
  ],
  [
    'an end that was',
    `vault_key_previous: ${OLD}\nvault_key_previous_until: 1600000000\n`,
    [
      expect.stringMatching(
        /^the old key of admin ended at 2020-09-13 12:26:40 UTC and is still in \S+own\.yml: its rotation is not finished; finish it with: hxllm rotate-key$/,
      ),
    ],
  ],
])('%s', async (_, more, notices) => {
  const { inventory } = await guide(HEAD + more);
  const stack = stackOf(inventory);
  expect(stack.notices.filter((n) => n.includes('rotation'))).toEqual(notices);
  const found = [await rotation.run(stack.gateways[0]!, {} as never)].flat();
  expect(found.map(({ status }) => status)).toEqual(notices.length > 0 ? ['warn'] : ['pass']);
});

test('it is told as of now', () => {
  const one = { client: 'admin', file: 'vault.yml', until: FUTURE };
  expect(unfinishedText(one, FUTURE * 1000 - 1).message).toMatch(/is accepted until/);
  expect(unfinishedText(one, FUTURE * 1000).message).toMatch(/ended at .* is still in vault\.yml/);
});
