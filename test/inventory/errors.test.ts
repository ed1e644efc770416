// What cannot be read says which line and why; what only looks odd is a warning.
import { expect, it } from 'vitest';
import { load } from './folder.js';

it.each([
  ['hosts.ini', '[web]\na\n[web:wars]\n', 3, 'unknown kind'],
  ['hosts.ini', '[a b]\nx\n', 1, 'not a section'],
  ['hosts.ini', '[web:vars]\na=1\n', 1, 'not declared'],
  ['hosts.ini', '[web:children]\ndb\n', 2, 'which is no group'],
  ['hosts.ini', '[a:children]\nb\n[b:children]\na\n', 4, 'contains itself'],
  ['hosts.ini', '[web]\na novalue\n', 2, 'expected name=value'],
  ['hosts.ini', '[web]\na\n[web:vars]\nnovalue\n', 4, 'expected name=value'],
  ['hosts.ini', '[web]\nw[3:1]\n', 2, 'begins behind its end'],
  ['hosts.ini', '[web]\nw[01:100]\n', 2, 'as many digits'],
  ['hosts.ini', '[web]\nw[1]\n', 2, 'is not a range'],
  ['hosts.ini', '[web]\nw[1:3\n', 2, 'not closed'],
  ['hosts.ini', "[web]\na b='c\n", 2, 'not closed'],
  ['hosts.ini', 'all:\n  hosts:\n', 1, 'not a host'],
  ['hosts.yml', 'all:\n  hosts: [a, b]\n', 2, 'needs a mapping'],
  ['hosts.yml', 'all:\n  hosts:\n    5:\n', 3, 'needs quotes'],
  ['hosts.yml', 'all:\n  hosts:\n    h: text\n', 3, 'not a mapping'],
  ['hosts.yml', 'plugin: amazon.aws.aws_ec2\n', 1, 'inventory plugin'],
  ['hosts.yml', 'all:\n\thosts:\n', 2, 'not valid YAML'],
  ['hosts.yml', 'all: !thing\n  x: 1\n', 1, 'not valid YAML'],
  ['hosts.yml', 'all:\n  vars:\n    id: 12345678901234567890\n', 3, 'too large'],
])('%s %j: line %i, %s', async (file, text, line, message) => {
  await expect(load({ [file]: text })).rejects.toMatchObject({
    code: 'inventory',
    message: expect.stringContaining(message),
    where: expect.stringMatching(new RegExp(`${file}:${line}$`)),
  });
});

it.each([
  ['a program', '#!/bin/sh\necho {}\n', 'only Ansible runs'],
  ['nothing', undefined, 'no such inventory'],
])('%s is no inventory', async (_, text, message) => {
  const files: Record<string, string> = text === undefined ? {} : { 'hosts.ini': text };
  await expect(load(files)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining(message) });
});

it.each([
  ['a # in a word cuts it', { 'hosts.ini': 'h key=abc#def\n' }, 'hosts.ini:1', 'is a comment'],
  ['a name for group and host', { 'hosts.ini': '[h]\nh\n' }, undefined, 'name of a group and of a host'],
  [
    'an unknown key',
    { 'hosts.yml': 'all:\n  host:\n    h:\n' },
    'hosts.yml:2',
    'is not vars, children or hosts',
  ],
])('%s is a warning', async (_, files, where, message) => {
  const { inventory } = await load(files as Record<string, string>);
  expect(inventory.warnings).toEqual([
    where
      ? { message: expect.stringContaining(message), where: expect.stringMatching(new RegExp(`${where}$`)) }
      : { message: expect.stringContaining(message) },
  ]);
});

it('never shows the value that # cut off', async () => {
  const { inventory } = await load({ 'hosts.ini': 'h ansible_password=hunter2#rest\n' });
  expect(JSON.stringify(inventory.warnings)).not.toMatch(/hunter2|rest/);
});

it('warns of a file that a folder of the same name hides, and of a key that is set twice', async () => {
  const { inventory } = await load({
    'hosts.ini': 'h\n',
    'group_vars/all.yml': 'a: 1\n',
    'group_vars/all/x.yml': 'b: 1\nb: 2\n',
  });
  expect(inventory.hosts.get('h')!.variables()).not.toContain('a');
  expect(inventory.warnings.map((warning) => warning.where)).toEqual([
    expect.stringMatching(/group_vars\/all\.yml$/),
    expect.stringMatching(/group_vars\/all\/x\.yml:2$/),
  ]);
});

it('reads a broken file only when a host needs it', async () => {
  const { inventory } = await load({
    'hosts.ini': '[web]\nw\n[db]\nd\n',
    'group_vars/db.yml': 'a: [\n',
    'group_vars/all.yml': 'b: 1\n',
  });
  expect(inventory.hosts.get('w')!.get('b')).toBe(1);
  expect(() => inventory.hosts.get('d')!.get('b')).toThrow(/group_vars\/db\.yml:2: not valid YAML/);
});

it('warns of variables next to playbooks, which are not read', async () => {
  const { inventory } = await load(
    { 'inv/hosts': 'h\n', 'group_vars/all.yml': 'a: 1\n' },
    { sources: ['inv/hosts'] },
  );
  expect(inventory.hosts.get('h')!.get('a')).toBeUndefined();
  expect(inventory.warnings).toEqual([
    { message: expect.stringContaining('is not read'), where: 'group_vars/' },
  ]);
});
