// The masker: no secret gets through, in none of the forms in which scripts and replies carry texts.
import { expect, test } from 'vitest';
import { Masker, Secret } from '../src/secret.js';

const KEY = 'sk-lab-3Y_x/"9+äq7';
const masked = (text: string, secret: string = KEY) => {
  const masker = new Masker();
  masker.add(new Secret(secret));
  return masker.mask(text);
};
const base64 = (text: string) => Buffer.from(text).toString('base64');

test.each([
  { as: 'it is', text: KEY, left: 'key: [secret].' },
  { as: 'part of a URL', text: encodeURIComponent(KEY), left: 'key: [secret].' },
  { as: 'JSON', text: JSON.stringify(KEY), left: 'key: "[secret]".' },
  { as: 'base64', text: base64(KEY), left: 'key: [secret].' },
])('a secret as $as is blanked', ({ text, left }) => {
  expect(masked(`key: ${text}.`)).toBe(left);
});

test.each([0, 1, 2, 3, 4, 5])('a secret %i bytes into a file that travels as base64 is blanked', (before) => {
  for (const after of ['', '\n', 'ab', 'abc']) {
    const shown = masked(base64(`${'x'.repeat(before)}${KEY}${after}`));
    expect(shown).toContain('[secret]');
    for (const run of shown.match(/[A-Za-z0-9+/=]{4,}/g) ?? [])
      expect(KEY).not.toContain(Buffer.from(run, 'base64').toString().slice(0, 4).padEnd(4, '\0'));
  }
});

test('each line of a secret of several lines is one', () => {
  expect(masked('a first-line b second-line c', 'first-line\nsecond-line\n')).toBe('a [secret] b [secret] c');
});

test('short texts are left: they would blank out words', () => {
  expect(masked('a port and a report', 'port')).toBe('a port and a report');
});

test('a secret does not print itself', () => {
  expect([`${new Secret(KEY)}`, JSON.stringify({ key: new Secret(KEY) })]).toEqual([
    '[secret]',
    '{"key":"[secret]"}',
  ]);
});
