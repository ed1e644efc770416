// YAML as Ansible's parser reads it, written so that it reads it back, and changed entry by entry.
import { describe, expect, it } from 'vitest';
import { dumpYaml, parseYaml, VaultText } from '../../src/yaml.js';
import { setEntry } from '../../src/yaml-edit.js';

// what PyYAML 6 gives for each
it.each([
  ['yes', true],
  ['off', false],
  ['y', 'y'],
  ['n', 'n'],
  ['012', 10],
  ['0o12', '0o12'],
  ['09', '09'],
  ['0x1f', 31],
  ['1_000', 1000],
  ['1e3', '1e3'],
  ['1.5e+3', 1500],
  ['1:30', 90],
  ['2024-01-01', '2024-01-01'],
  ['~', null],
  ['', null],
])('%s is %j', (text, value) => {
  expect(parseYaml(`a: ${text}\n`, 'f').value).toEqual({ a: value });
});

it.each(['', '\n', '# only a comment\n'])('%j is nothing', (text) => {
  expect(parseYaml(text, 'f').value).toBeUndefined();
});

it('knows the line of every value', () => {
  const document = parseYaml('# c\na: 1\nb:\n  - x: 1\n    y: {z: 2}\n\n  - &k 3\nc: *k\n', 'f');
  const lines = [['a'], ['b'], ['b', 0], ['b', 0, 'y', 'z'], ['b', 1], ['c'], ['c', 'deeper']].map((path) =>
    document.line(path),
  );
  expect(lines).toEqual([2, 3, 4, 5, 7, 8, 8]);
  expect(document.line(['nope'])).toBeUndefined();
});

it.each([
  'yes',
  'on',
  '012',
  '0x1f',
  '12:30:45',
  '1e3',
  'null',
  '~',
  '',
  'a: b',
  '# c',
  '{{ x }}',
  '2024-01-01',
])('%j is written as the string that it is', (text) => {
  expect(parseYaml(dumpYaml({ a: text }, 2), 'f').value).toEqual({ a: text });
});

describe('setEntry', () => {
  const TEXT = `# head
first: 1   # one
key: "old"  # keep me

# about the block
block: |
  line
  line
list: [1, 2]
last: 'it''s'`;

  it.each([
    ['a quoted value', 'key', 'new', TEXT.replace('"old"', 'new')],
    ['a number', 'first', 2, TEXT.replace('first: 1', 'first: 2')],
    ['a value that needs quotes', 'key', 'yes', TEXT.replace('"old"', "'yes'")],
    ['the last one', 'last', 'x', TEXT.replace("'it''s'", 'x')],
    ['a block', 'block', 'x', TEXT.replace('|\n  line\n  line', 'x')],
    ['a new one', 'more', 'x', `${TEXT}\nmore: x\n`],
    ['one that goes', 'key', undefined, TEXT.replace('key: "old"  # keep me\n', '')],
    ['a block that goes', 'block', undefined, TEXT.replace('block: |\n  line\n  line\n', '')],
    ['one that is not there', 'nope', undefined, TEXT],
  ])('%s', (_, name, value, expected) => {
    expect(setEntry(TEXT, 'f', name, value)).toBe(expected);
  });

  it('writes and replaces what is encrypted', () => {
    const first = setEntry(
      'a: 1 # c\nb: 2\n',
      'f',
      'a',
      new VaultText('$ANSIBLE_VAULT;1.1;AES256\n616263\n'),
    );
    expect(parseYaml(first, 'f').value).toEqual({
      a: new VaultText('$ANSIBLE_VAULT;1.1;AES256\n616263\n'),
      b: 2,
    });
    const second = setEntry(first, 'f', 'a', new VaultText('$ANSIBLE_VAULT;1.1;AES256\n646566\n'));
    expect(second).toBe(first.replace('616263', '646566'));
    expect(parseYaml(setEntry(second, 'f', 'a', 'plain'), 'f').value).toEqual({ a: 'plain', b: 2 });
  });

  it('begins a file that is empty', () => {
    expect(setEntry('', 'f', 'a', 'x')).toBe('a: x\n');
  });

  it.each([
    ['a list', 'list: [1]\n', 'list'],
    ['flow style', '{a: 1, b: 2}\n', 'c'],
  ])('refuses %s', (_, text, name) => {
    expect(() => setEntry(text, 'f', name, 'x')).toThrow(expect.objectContaining({ code: 'inventory' }));
  });
});
