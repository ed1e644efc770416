// Which key is rotated and who shares it: one place, all gateways, or a refusal that says what to do.
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { fleetOf } from '../../src/tasks/fleet.js';
import { targetOf } from '../../src/tasks/rotate-key/target.js';
import { inventoryOf } from '../stack/inventory.js';

const key = (text: string) => `sk-${text.repeat(8)}`;
const HEAD =
  'litellm_models: [{name: m, provider: ollama, model: "m:1"}]\nlitellm_backends: ["http://b:11434"]\n';
const OWN = 'litellm_master_key: "{{ vault_key }}"\n';

/** Two gateways; what they have in common, and what each has for itself. */
async function target(
  { all = `vault_key: ${key('abcd')}\n`, one = '', two = '' },
  client?: string,
  limit?: string,
) {
  const { inventory } = await inventoryOf({
    'dev.ini': '[litellm]\ngw1\ngw2\n',
    'group_vars/all/main.yml': HEAD + (all.includes('litellm_master_key') ? '' : OWN) + all,
    ...(one ? { 'host_vars/gw1.yml': one } : {}),
    ...(two ? { 'host_vars/gw2.yml': two } : {}),
  });
  const { source, ...rest } = targetOf(fleetOf(inventory, { limit }, ['gateway']), client);
  return { ...rest, at: `${source.variable} ${basename(source.file)}` };
}

const CLIENT = `vault_key: ${key('abcd')}
alice_key: ${key('efgh')}
litellm_clients:
  - {name: alice, key: "{{ alice_key }}"}
  - {name: prom, key: "{{ prom_key }}", metrics: true}
  - {name: bare, key: ${key('ijkl')}}
  - {name: late, key: "{{ late_key }}", expires: 2020-01-01}
prom_key: ${key('mnop')}
late_key: ${key('qrst')}
`;

test.each([
  [
    'the master key',
    {},
    undefined,
    undefined,
    { at: 'vault_key main.yml', name: 'admin', command: 'hxllm rotate-key' },
  ],
  [
    'a client',
    { all: CLIENT },
    'alice',
    undefined,
    { at: 'alice_key main.yml', command: 'hxllm rotate-key --client alice', metrics: false },
  ],
  ['a key for metrics', { all: CLIENT }, 'prom', undefined, { metrics: true }],
])('%s, on all gateways', async (_, files, client, limit, expected) => {
  expect(await target(files, client, limit)).toMatchObject({ gateways: ['gw1', 'gw2'], ...expected });
});

const OTHER = { two: `vault_key: ${key('wxyz')}\n` };

test('gateways with keys of their own are rotated one by one', async () => {
  await expect(target(OTHER)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(
      /keys of their own\n {2}gw1: vault_key in \S+main.yml\n {2}gw2: vault_key in \S+gw2.yml/,
    ),
    suggestions: ['rotate one after the other: hxllm rotate-key --limit gw1'],
  });
  expect(await target(OTHER, undefined, 'gw2')).toMatchObject({ gateways: ['gw2'], at: 'vault_key gw2.yml' });
});

test.each([
  [
    'a limit that leaves out who shares it',
    {},
    undefined,
    'gw1',
    /--limit leaves out gw2, where the same key/,
  ],
  [
    'a limit that leaves out who has the same key in a variable of its own',
    { two: `litellm_master_key: ${key('abcd')}\n` },
    undefined,
    'gw1',
    /--limit leaves out gw2, where the same key/,
  ],
  ['a client that is not there', { all: CLIENT }, 'bob', undefined, /no client is named bob/],
  ['a client that has expired', { all: CLIENT }, 'late', undefined, /late has expired/],
  [
    'a key that is no variable of its own',
    { all: CLIENT },
    'bare',
    undefined,
    /main\.yml:\d+: the key is not in a variable of its own/,
  ],
  [
    'an expression',
    { all: `litellm_master_key: "{{ 'sk-' ~ key_part }}"\nkey_part: ${key('abcd')}\n` },
    undefined,
    undefined,
    /main\.yml:\d+: litellm_master_key: hxllm cannot tell/,
  ],
])('%s is refused', async (_, files, client, limit, message) => {
  await expect(target(files, client, limit)).rejects.toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(message),
  });
});
