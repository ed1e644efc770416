// What an Open WebUI is asked on its own host: its own tests, in its own language, on the oldest Python of our hosts too.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const PYTHONS = ['python3', 'python3.9'].filter((python) => spawnSync(python, ['-c', '']).status === 0);

it.each(PYTHONS)('%s reads an installation, connects it and puts it back', { timeout: 120_000 }, (python) => {
  const { status, stderr } = spawnSync(python, ['-B', join(import.meta.dirname, 'open_webui_test.py')], {
    encoding: 'utf8',
  });
  expect(`${status === 0 ? '' : stderr}`).toBe('');
  expect(stderr).toMatch(/^Ran \d\d tests in/m);
});
