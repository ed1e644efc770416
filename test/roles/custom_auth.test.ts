// The authentication hook that LiteLLM loads: its own tests, in its own language.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('custom_auth.py lets in whom keys.json names, and nobody else', () => {
  const { status, stderr } = spawnSync('python3', ['-B', join(import.meta.dirname, 'custom_auth_test.py')], {
    encoding: 'utf8',
  });
  expect(`${status === 0 ? '' : stderr}`).toBe('');
  expect(stderr).toMatch(/^Ran 2\d tests in/m);
});
