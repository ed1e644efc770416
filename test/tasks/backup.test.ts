// What a host says of a backup that was waited for.
import { describe, expect, it, test } from 'vitest';
import { resultOf } from '../../src/backup.js';
import { madeOf } from '../../src/tasks/backup/make.js';

const said = (last: object | undefined, invocation = 'this') =>
  [
    '@@ progress "writing the snapshot"',
    `@@ invocation "${invocation}"`,
    ...(last ? [`@@ last ${JSON.stringify(last)}`] : []),
    'Main process exited',
    '',
  ].join('\n');
const MADE = { snapshot: '0123abcd', bytes: 5000, added: 40, seconds: 3.2 };
const host = { name: 'ui' };

it('was made', () => {
  expect(madeOf(host, said({ ...MADE, invocation: 'this', ended: 1 }))).toEqual(MADE);
});

test.each([
  ['an earlier run made one', { ...MADE, invocation: 'earlier' }, /failed\nMain process exited$/],
  ['nothing is said', undefined, /failed\nMain process exited$/],
  ['it was refused', { refused: { kind: 'password', message: 'no' }, invocation: 'this' }, /^ui: no$/],
])('was not made when %s', (_, last, message) => {
  expect(() => madeOf(host, said(last))).toThrow(message);
});

it('of a host that was not deployed says what to do', () => {
  expect(() => madeOf(host, '@@ absent true\n')).toThrow(
    expect.objectContaining({ suggestions: ['hxllm deploy'] }),
  );
});

describe('a call', () => {
  it('gives its result', () => {
    expect(resultOf('ui', '@@ progress "x"\n@@ result {"kept":"/a"}\n')).toEqual({ kept: '/a' });
  });
  test.each([
    ['@@ refused {"kind":"damaged","message":"bad"}', 'host-failed', 'ui: bad'],
    ['@@ refused {"kind":"undone","message":"bad"}', 'undone', 'ui: bad'],
    ['Traceback\nNameError: x', 'host-failed', /did not come to its end: Traceback\nNameError: x/],
  ])('that says %j is an error', (output, code, message) => {
    expect(() => resultOf('ui', output)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });
});
