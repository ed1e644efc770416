// What hxllm adds to Ansible's grammar of --limit: short names, and errors that help.
import { expect, it } from 'vitest';
import { splitPatterns } from '../../src/inventory/limit.js';
import { load } from './folder.js';

const FILES = {
  'hosts.ini': '[web]\nw1.east.lan\nw2.east.lan\n[api]\nw1.west.lan\nsolo.west.lan\n10.0.0.5\n[empty]\n',
  retry: 'w1.east.lan\n\nsolo.west.lan\n',
  empty: '\n',
};

it.each([
  ['a,b[1], c[2:3] , d', ['a', 'b[1]', 'c[2:3]', 'd']],
  ['a:b[1]', ['a', 'b[1]']],
  ['a[1:2]', ['a[1:2]']],
  ['a:!b:&c', ['a', '!b', '&c']],
  ['2001:db8::1', ['2001:db8::1']],
  ['a,', ['a']],
  [':a', ['a']],
])('%j splits into %j', (pattern, parts) => {
  expect(splitPatterns(pattern)).toEqual(parts);
});

it.each([
  ['solo', ['solo.west.lan']],
  ['w2', ['w2.east.lan']],
  ['web:!w2', ['w1.east.lan']],
  ['all,!solo', ['w1.east.lan', 'w2.east.lan', 'w1.west.lan', '10.0.0.5']],
  ['@retry', ['w1.east.lan', 'solo.west.lan']],
  ['*.west.lan', ['w1.west.lan', 'solo.west.lan']],
  ['10.0.0.5', ['10.0.0.5']],
  ['web:!empty', ['w1.east.lan', 'w2.east.lan']],
])('%s means %j', async (pattern, hosts) => {
  const { inventory } = await load(FILES);
  expect(inventory.select(pattern).map((host) => host.name)).toEqual(hosts);
});

it.each([
  ['w1', 'w1 means several hosts', '--limit w1.east.lan'],
  ['nope', 'neither a host nor a group', 'known: '],
  ['eas', 'neither a host nor a group', 'known: w1.east.lan, w2.east.lan'],
  ['empty', 'leaves no host', 'known: '],
  ['web:!web', 'leaves no host', 'known: '],
  ['web:nope', 'nope is neither', 'known: '],
  ['web[7]', 'there are only 2', 'w1.east.lan'],
  ['@missing', 'no limit file missing', ''],
  ['~(', 'not a regular expression', ''],
])('%s: %s', async (pattern, message, hint) => {
  const { inventory } = await load(FILES);
  expect(() => inventory.select(pattern)).toThrow(message);
  expect(() => inventory.select(pattern)).toThrow(
    expect.objectContaining({
      code: 'limit',
      exitCode: 2,
      ...(hint && { suggestions: expect.arrayContaining([expect.stringContaining(hint)]) }),
    }),
  );
});
