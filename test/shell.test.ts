// A script as a host gets it: nothing of one that was cut runs, and what one says at once comes in one piece.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { whole, wholeAtOnce } from '../src/shell.js';

const SHELLS = ['dash', 'bash'];

describe.each([
  ['whole', whole],
  ['wholeAtOnce', wholeAtOnce],
])('%s', (_, wrap) => {
  test.each(SHELLS)('hands on what was said and how it ended, in %s', (shell) => {
    const input = wrap("printf 'a\\\\b \\303\\244 %%s -n\\n\\nend\\n'; echo why >&2; exit 3; echo never");
    const ran = spawnSync(shell, ['-s'], { input, encoding: 'utf8' });
    expect([ran.status, ran.stdout, ran.stderr]).toEqual([3, 'a\\b ä %s -n\n\nend\n', 'why\n']);
  });

  test.each(SHELLS)('runs nothing that was cut in transit, wherever that is, in %s', (shell) => {
    const text = wrap('echo ran');
    const said = [...text].map(
      (_, length) => spawnSync(shell, ['-s'], { input: text.slice(0, length), encoding: 'utf8' }).stdout,
    );
    // the last character ends the line that calls it
    expect(said.slice(0, -1).join('')).toBe('');
    expect(spawnSync(shell, ['-s'], { input: text, encoding: 'utf8' }).stdout).toBe('ran\n');
  });
});

test('what is said at once leaves the sh of Debian and Ubuntu in one piece', async () => {
  const child = spawn('dash', ['-s'], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(wholeAtOnce('for n in 1 2 3; do echo $n; sleep 0.2; done; echo end'));
  const [first] = await once(child.stdout.setEncoding('utf8'), 'data');
  expect(first).toBe('1\n2\n3\nend\n');
  await once(child, 'close');
});
