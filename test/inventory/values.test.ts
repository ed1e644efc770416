// Values are evaluated when they are asked for; what goes wrong has the place of the value.
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/secret.js';
import { hostWith, load } from './folder.js';

describe('an expression that cannot be evaluated', () => {
  it.each([
    ['undefined', 'a: 1\nx: "{{ nope }}"', 'nope is undefined'],
    ['a member of it', 'a: {b: 1}\nx: "{{ a.c }}"', 'c of a mapping is undefined'],
    ['in the middle of a text', 'a: 1\nx: "http://{{ nope }}:1"', 'nope is undefined'],
    ['a loop', 'y: "{{ x }}"\nx: "{{ y }}"', 'refers to itself: x → y → x'],
    [
      'an unknown filter',
      'a: 1\nx: "{{ a | community.general.json_query(1) }}"',
      'the filter community.general.json_query is not supported',
    ],
    ['an unknown lookup', "a: 1\nx: \"{{ lookup('pipe', 'id') }}\"", 'the lookup pipe is not supported'],
    ['an unknown test', 'a: 1\nx: "{{ a is vault_encrypted }}"', 'the test vault_encrypted is not supported'],
    ['a type error', 'a: 1\nx: "{{ a + \'b\' }}"', 'add does not go with'],
    ['a syntax error', 'a: 1\nx: "{{ a b }}"', 'expected variable end'],
    ['an open block', 'a: 1\nx: "{% if a %}"', 'expected elif, else, or endif'],
    ['a macro', 'a: 1\nx: "{% macro m() %}{% endmacro %}"', 'is not supported'],
    ['Python itself', 'a: 1\nx: "{{ \'\'.__class__.__mro__ }}"', 'undefined'],
    ['JavaScript itself', 'a: 1\nx: "{{ a.constructor.constructor(\'return 1\')() }}"', 'undefined'],
  ])('%s: %j', async (_, variables, message) => {
    const { host } = await hostWith(variables);
    const line = variables.startsWith('y:') ? /all\.yml:[12]$/ : /all\.yml:2$/;
    expect(() => host.get('x')).toThrow(
      expect.objectContaining({ code: 'variable', exitCode: 2, where: expect.stringMatching(line) }),
    );
    expect(() => host.get('x')).toThrow(message);
  });

  it('stops nobody who does not ask for it', async () => {
    const { host } = await hostWith('x: "{{ nope }}"\ny: "{{ 1 + 1 }}"');
    expect(host.get('y')).toBe(2);
    expect(host.has('x')).toBe(true);
    expect(host.variables()).toContain('x');
  });
});

it.each([
  ['"{{ omit }}"', undefined],
  ['"{{ nope | default(omit) }}"', undefined],
  ['{a: 1, b: "{{ omit }}"}', { a: 1 }],
  ['["{{ omit }}", 2]', [2]],
])('%s counts as not set', async (value, expected) => {
  const { host } = await hostWith(`x: ${value}`);
  expect(host.get('x')).toEqual(expected);
});

it('reads the environment and files for lookups', async () => {
  const { inventory } = await load(
    {
      'hosts.ini': 'h\n',
      'group_vars/all.yml':
        "a: \"{{ lookup('env', 'WHO') }}\"\nb: \"{{ lookup('file', 'note.txt') }}\"\nc: \"{{ lookup('file', 'no.txt') }}\"",
      'files/note.txt': 'hello\n',
    },
    { env: { WHO: 'me' } },
  );
  const host = inventory.hosts.get('h')!;
  expect([host.get('a'), host.get('b')]).toEqual(['me', 'hello']);
  expect(() => host.get('c')).toThrow('no file no.txt');
});

describe('-e', () => {
  it.each([
    [['a=1 b="two words"'], { a: '1', b: 'two words' }],
    [['a=x#y'], { a: 'x#y' }],
    [['{"a": 1, "b": [2]}'], { a: 1, b: [2] }],
    [['a=1', 'a=2'], { a: '2' }],
    [['@extra.yml'], { a: 'from file' }],
    [{ a: 5 }, { a: 5 }],
  ])('%j', async (extraVars, expected) => {
    const { inventory } = await load(
      { 'hosts.ini': 'h a=host\n', 'host_vars/h.yml': 'a: 0', 'extra.yml': 'a: from file' },
      { extraVars },
    );
    const host = inventory.hosts.get('h')!;
    for (const [name, value] of Object.entries(expected)) expect(host.get(name)).toEqual(value);
  });

  it('says what it expects', async () => {
    await expect(load({ 'hosts.ini': 'h\n' }, { extraVars: ['a'] })).rejects.toMatchObject({ exitCode: 2 });
  });
});

it('knows the file and line of a value', async () => {
  const { inventory, root } = await load({
    'hosts.ini': 'h x=1\n[g]\nh\n[g:vars]\ny=1\n',
    'host_vars/h.yml': '# note\nz: |\n  a\n  b\nlast: [1]\n',
  });
  const host = inventory.hosts.get('h')!;
  const origins = ['x', 'y', 'z', 'last', 'inventory_file', 'nope'].map((name) => host.origin(name));
  expect(origins).toEqual([
    { file: `${root}/hosts.ini`, line: 1 },
    { file: `${root}/hosts.ini`, line: 5 },
    { file: `${root}/host_vars/h.yml`, line: 2 },
    { file: `${root}/host_vars/h.yml`, line: 5 },
    { file: `${root}/hosts.ini` },
    undefined,
  ]);
});

it('reads a list of hosts instead of a file', async () => {
  const { inventory } = await load({}, { sources: ['a.lan,b.lan,'] });
  expect([...inventory.hosts.keys()]).toEqual(['a.lan', 'b.lan']);
});

it('keeps a Secret out of what is printed', () => {
  expect(`${new Secret('hidden')}`).toBe('[secret]');
});
