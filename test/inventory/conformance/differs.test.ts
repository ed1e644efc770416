// Where hxllm means to differ from Ansible, each shown against ansible-core itself: what docs/inventory.md lists.
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folder, inline, sealed } from '../folder.js';
import { type Answer, type Case, Oracle, ours } from './case.js';

let oracle: Oracle;
beforeAll(() => {
  oracle = new Oracle();
}, 180_000);
afterAll(() => oracle.end());

async function both(given: Partial<Case>): Promise<{ theirs: Answer; mine: Answer }> {
  const files = given.files ?? {};
  const whole = { sources: [Object.keys(files)[0]!], patterns: [], passwords: [], files, ...given };
  const root = folder(files);
  try {
    return { theirs: await oracle.ask(root, whole), mine: await ours(root, whole) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const INI = { 'hosts.ini': '[web]\nweb1.example.org\nweb2.example.org\n' };
const REFUSED: [title: string, files: Record<string, string>, why: RegExp][] = [
  ['a range that begins behind its end', { 'hosts.ini': 'a\nx[3:1]\n' }, /begins behind its end/],
  ['a .yml file that is no YAML inventory', { 'hosts.yml': 'h1\n' }, /mapping of groups/],
  ['a program', { hosts: '#!/bin/sh\necho \'{"web": ["h1"]}\'\n' }, /only Ansible runs/],
  [
    'an integer that is too large for JavaScript',
    { 'hosts.yml': 'all:\n  hosts:\n    h:\n      x: 12345678901234567890\n' },
    /too large/,
  ],
  [
    'quoted text whose next line is not indented',
    { 'hosts.yml': 'all:\n  hosts:\n    h:\n      x: "a\n      b"\n' },
    /not valid YAML/,
  ],
];

describe('hxllm refuses what Ansible takes', () => {
  it.each(REFUSED)('%s', async (_, files, why) => {
    const { theirs, mine } = await both({ files });
    expect(theirs.refused).toBeUndefined();
    expect(mine.refused).toMatch(why);
  });
});

const PATTERNS: [title: string, pattern: string, theirs: string[], mine: object][] = [
  [
    'a part that means nothing is an error',
    'web,wbe',
    ['web1.example.org', 'web2.example.org'],
    { error: expect.stringContaining('wbe is neither a host nor a group') },
  ],
  ['no host is an error', 'web:!web', [], { error: expect.stringContaining('leaves no host') }],
  ['a short name is enough', 'web1', [], { value: ['web1.example.org'] }],
];

describe('--limit', () => {
  it.each(PATTERNS)('%s', async (_, pattern, hosts, expected) => {
    const { theirs, mine } = await both({ files: INI, patterns: [pattern] });
    expect(theirs.patterns![pattern]).toEqual({ value: hosts });
    expect(mine.patterns![pattern]).toEqual(expected);
  });
});

const VALUES: [title: string, written: string, theirs: object, mine: object][] = [
  [
    'keys are texts',
    `"{{ {1: 'a', true: 'b'} ~ '' }}"`,
    { value: "{1: 'b'}" },
    { value: "{'1': 'a', 'True': 'b'}" },
  ],
  [
    'keys that look like integers come first',
    `"{{ {'b': 1, '1': 2} | list }}"`,
    { value: ['b', '1'] },
    { value: ['1', 'b'] },
  ],
  [
    'an item that needs another of its list',
    "['a', '{{ x[0] }}']",
    { value: ['a', 'a'] },
    { error: expect.stringContaining('refers to itself') },
  ],
  [
    'long lines of to_yaml',
    `"{{ ('ab ' * 30) | to_yaml }}"`,
    { value: expect.stringMatching(/ab\n/) },
    { value: expect.not.stringMatching(/ab\n/) },
  ],
  [
    'what changes a value in its place',
    '"{% set a = [] %}{% set _ = a.append(1) %}{{ a }}"',
    { value: [1] },
    { error: expect.stringContaining('append of a list is not supported') },
  ],
  [
    'filters that inventories do not need',
    `"{{ 'a' | comment }}"`,
    { value: '#\n# a\n#' },
    { error: expect.stringContaining('the filter comment is not supported') },
  ],
];

describe('values', () => {
  it.each(VALUES)('%s', async (_, written, expected, own) => {
    const files = { 'hosts.ini': 'h\n', 'host_vars/h.yml': `x: ${written}\n` };
    const { theirs, mine } = await both({ files });
    const x = (answer: Answer) => {
      const host = answer.hosts!.h!;
      return 'value' in host ? host.value.variables.x : host;
    };
    expect(x(theirs)).toEqual(expected);
    expect(x(mine)).toEqual(own);
  });

  it('to_yaml of a value out of a vault', async () => {
    const files = {
      'hosts.ini': 'h x="{{ v | to_yaml }}"\n',
      'host_vars/h.yml': `v: ${inline('s')}\n`,
      pw: 'pw',
    };
    const { theirs, mine } = await both({ files, passwords: [['default', 'pw']] });
    const x = (value: unknown) => ({ value: { variables: { x: { value } } } });
    expect(theirs.hosts!.h).toMatchObject(x(expect.stringMatching(/^!vault \|\n/)));
    expect(mine.hosts!.h).toMatchObject(x('s\n'));
  });

  it('the order of a union', async () => {
    const files = { 'hosts.ini': 'h\n', 'host_vars/h.yml': `x: "{{ ['b', 'a'] | union(['c', 'a']) }}"\n` };
    const { theirs, mine } = await both({ files });
    expect(theirs.hosts!.h).toMatchObject({
      value: { variables: { x: { value: expect.arrayContaining(['a', 'b', 'c']) } } },
    });
    expect(mine.hosts!.h).toMatchObject({ value: { variables: { x: { value: ['b', 'a', 'c'] } } } });
  });

  it('a host stays in a group that has ungrouped as a child', async () => {
    const files = { 'hosts.ini': '[eu]\nh\n[eu:children]\nungrouped\n[ungrouped]\nh\n' };
    const { theirs, mine } = await both({ files });
    expect(theirs.hosts!.h).toMatchObject({ value: { groups: [] } });
    expect(mine.hosts!.h).toMatchObject({ value: { groups: ['eu'] } });
  });

  it.each([
    ['no mapping', '  more\n'],
    ['no YAML', '  {{ groups | list }}\n'],
  ])('a file of variables that is %s stops only who needs it', async (_, broken) => {
    const files = {
      'hosts.ini': 'h x="{{ hostvars[\'other\'].y }}"\n[eu]\nother\n',
      'host_vars/other.yml': 'y: 1\n',
      'group_vars/eu.yml': broken,
    };
    const { theirs, mine } = await both({ files });
    expect(theirs.hosts!.h).toMatchObject({ value: { variables: { x: { error: expect.any(String) } } } });
    expect(mine.hosts!.h).toMatchObject({ value: { variables: { x: { value: 1 } } } });
    expect([theirs.hosts!.other, mine.hosts!.other]).toEqual(Array(2).fill({ error: expect.any(String) }));
  });

  it('a vault without its password stops only who needs it', async () => {
    const files = { 'hosts.ini': 'h x=1\n', 'host_vars/h.yml': sealed('secret: s\n') };
    const { theirs, mine } = await both({ files });
    expect(theirs.hosts!.h).toHaveProperty('error');
    expect(mine.hosts!.h).toMatchObject({ value: { variables: { x: { value: 1 } } } });
  });
});
