// Which inventory is taken: -i, then the environment, then ansible.cfg, then the only one under inventories/.
import { expect, it } from 'vitest';
import { findSources } from '../../src/inventory/index.js';
import { folder } from './folder.js';

const ONE = {
  'inventories/dev.ini': 'h\n',
  'inventories/group_vars/all.yml': 'a: 1\n',
  'inventories/README.md': '',
};
const CFG = { 'ansible.cfg': '[defaults]\ninventory = cfg/hosts, other.ini\n' };

it.each([
  ['the flag', { ...ONE, ...CFG }, ['x.ini'], { HXLLM_INVENTORY: 'y.ini' }, ['x.ini']],
  [
    'HXLLM_INVENTORY',
    { ...ONE, ...CFG },
    [],
    { HXLLM_INVENTORY: 'y.ini,z.ini', ANSIBLE_INVENTORY: 'a' },
    ['y.ini', 'z.ini'],
  ],
  ['ANSIBLE_INVENTORY', { ...ONE, ...CFG }, [], { ANSIBLE_INVENTORY: 'a' }, ['a']],
  ['ansible.cfg', { ...ONE, ...CFG }, [], {}, ['ROOT/cfg/hosts', 'ROOT/other.ini']],
  ['the only one', ONE, [], {}, ['inventories/dev.ini']],
  ['a folder', { 'inventories/prod/hosts.yml': 'all:\n' }, [], {}, ['inventories/prod']],
  ['not the example', { ...ONE, 'inventories/example/dev.ini': 'h\n' }, [], {}, ['inventories/dev.ini']],
])('%s', (_, files, flags, env, expected) => {
  const root = folder(files as Record<string, string>);
  expect(findSources(flags, env, root)).toEqual(expected.map((path) => path.replace('ROOT', root)));
});

it.each([
  [
    'several',
    { ...ONE, 'inventories/prod.ini': 'h\n' },
    'several inventories: inventories/dev.ini, inventories/prod.ini',
    '-i inventories/dev.ini',
  ],
  ['none', {}, 'there is no inventory', 'hxllm inventory init'],
])('%s is exit 2', (_, files, message, hint) => {
  const root = folder(files as Record<string, string>);
  expect(() => findSources([], {}, root)).toThrow(message);
  expect(() => findSources([], {}, root)).toThrow(
    expect.objectContaining({ exitCode: 2, suggestions: expect.arrayContaining([hint]) }),
  );
});

it('refuses a merge of mappings, which would give other values', () => {
  const root = folder({ 'ansible.cfg': '[defaults]\nhash_behaviour = merge\n' });
  expect(() => findSources([], {}, root)).toThrow(/hash_behaviour=merge is not supported/);
});
