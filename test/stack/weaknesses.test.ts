// Which releases of LiteLLM are known to be vulnerable: docs/versions.md.
import { expect, test } from 'vitest';
import { weaknessesOf } from '../../src/stack/weaknesses.js';

const ids = (release: string) => weaknessesOf(release).map((text) => text.split(',')[0]);

test.each([
  ['1.74.1', ['GHSA-4xpc-pv4p-pm3w']],
  ['1.82.6', ['CVE-2026-42208', 'CVE-2026-42271', 'GHSA-4xpc-pv4p-pm3w']],
  ['1.83.7', ['GHSA-4xpc-pv4p-pm3w']],
  ['1.84.0', []],
  ['1.90.9', []],
  ['1.91.0', ['GHSA-7hp6-4w63-5g45']],
  ['1.100.3', ['GHSA-7hp6-4w63-5g45']],
  ['1.100.4', []],
  ['1.103.0', ['GHSA-7hp6-4w63-5g45']],
  ['1.103.1', []],
  ['1.104.0', []],
  ['1.106.2', []],
])('%s has %j', (release, weaknesses) => {
  expect(ids(release)).toEqual(weaknesses);
});
