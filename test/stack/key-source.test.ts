// From a variable to the file that holds its secret: what is followed, and what is refused with its place.
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { seal } from '../../src/inventory/vault/envelope.js';
import { keySource, needKeySource } from '../../src/stack/key-source.js';
import { inventoryOf } from './inventory.js';

const INLINE = `!vault |\n${seal('sk-inline', 'pw').trimEnd().replace(/^/gm, '  ')}`;
const FILES = {
  'dev.ini': '[litellm]\ngw in_ini=sk-in-the-ini\n',
  'group_vars/all/main.yml': `litellm_master_key: "{{ vault_master }}"
twice: "{{litellm_master_key}}"
inline: ${INLINE}
plain: sk-plain
filtered: "{{ vault_master | trim }}"
env: "{{ lookup('env', 'KEY') }}"
part: "{{ keys.alice }}"
joined: "sk-{{ vault_master }}"
loop: "{{ pool }}"
pool: "{{ loop }}"
list: [sk-a]
over: "{{ given }}"
`,
  'group_vars/all/vault.yml': seal('# about the key\nvault_master: sk-secret\n', 'pw'),
  'host_vars/gw.yml': 'plain: sk-own\n',
};
const host = async () => {
  const { inventory } = await inventoryOf(FILES, { vaultPassword: 'pw', extraVars: ['given=sk-given'] });
  return inventory.hosts.get('gw')!;
};

test.each([
  ['a reference', 'litellm_master_key', 'vault_master vault.yml:2 vault'],
  ['a reference to a reference', 'twice', 'vault_master vault.yml:2 vault'],
  ['a template', '{{ vault_master }}', 'vault_master vault.yml:2 vault'],
  ['an inline vault', 'inline', 'inline main.yml:3 inline'],
  ['a plain value, where it counts for this host', '{{ plain }}', 'plain gw.yml:1 plain'],
])('%s is followed', async (_, written, expected) => {
  const found = keySource(await host(), written)!;
  expect(`${found.variable} ${basename(found.file)}:${found.line} ${found.form}`).toBe(expected);
});

test.each([
  ['a filter', 'filtered', /main\.yml:\d+: filtered: hxllm cannot tell .*\{\{ vault_master \| trim \}\}/],
  ['the environment', 'env', /main\.yml:\d+: env: hxllm cannot tell/],
  ['a part of a mapping', '{{ keys.alice }}', /^gw: hxllm cannot tell .*keys\.alice/],
  ['a part of a text', 'joined', /cannot tell/],
  ['a loop', 'loop', /refers to itself: loop/],
  ['a list', 'list', /main\.yml:\d+: list is not a single value/],
  ['-e', 'over', /given is given with -e/],
  ['nothing', 'nowhere', /nowhere is not set/],
  ['a key itself', 'sk-abc', /not in a variable of its own/],
])('%s is refused with its place', async (_, written, message) => {
  const gw = await host();
  expect(keySource(gw, written)).toBeUndefined();
  expect(() => needKeySource(gw, written)).toThrow(
    expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) }),
  );
});
