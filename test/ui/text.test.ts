// Words and figures as people read them: durations, sizes, tables, diffs.
import { expect, test } from 'vitest';
import { bytes } from '../../src/bytes.js';
import { unifiedDiff } from '../../src/ui/diff.js';
import { duration, parseDuration } from '../../src/ui/duration.js';
import { planText } from '../../src/ui/plan.js';
import { table } from '../../src/ui/table.js';

const plain = (text: string) => text.replace(/\x1b\[\d+m/g, '');

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1000, '1 s'],
  [3440, '3.4 s'],
  [59_960, '1 min'],
  [125_000, '2 min 5 s'],
  [11_520_000, '3 h 12 min'],
  [86_400_000 * 5 + 3_600_000 * 3, '5 d 3 h'],
])('%i ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

test.each([
  ['90', 90_000],
  ['30s', 30_000],
  ['1.5h', 5_400_000],
  ['10m', 600_000],
  ['7d', 604_800_000],
])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

test('what is not a duration is a usage error', () => {
  expect(() => parseDuration('soon')).toThrow(expect.objectContaining({ code: 'usage', exitCode: 2 }));
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [9_960, '10 kB'],
  [3_400_000, '3.4 MB'],
  [12e9, '12 GB'],
  [5e15, '5000 TB'],
])('%i bytes are %s', (count, text) => expect(bytes(count)).toBe(text));

test('a table has no frame, no trailing blanks, and - for nothing', () => {
  const text = table(
    ['host', 'up', 'models'],
    [
      ['hx-api', 12, undefined],
      ['hx-llm01-server', 3, 'phi3'],
    ],
    { right: [1] },
  );
  expect(plain(text).split('\n')).toEqual([
    'HOST             UP  MODELS',
    'hx-api           12  -',
    'hx-llm01-server   3  phi3',
  ]);
});

test('in a terminal the last column wraps at the width', () => {
  const text = plain(
    table(['check', 'message'], [['auth', 'one two three four five six seven']], { width: 30 }),
  );
  expect(text.split('\n').every((line) => line.length <= 30)).toBe(true);
  expect(text.replace(/\s+/g, ' ')).toContain('one two three four five six seven');
});

test('a diff is unified; a new file comes from /dev/null', () => {
  expect(plain(unifiedDiff('/etc/litellm/config.yaml', 'a: 1\nb: 2\n', 'a: 1\nb: 3\n')).split('\n')).toEqual([
    '--- /etc/litellm/config.yaml',
    '+++ /etc/litellm/config.yaml',
    '@@ -1,2 +1,2 @@',
    ' a: 1',
    '-b: 2',
    '+b: 3',
  ]);
  expect(plain(unifiedDiff('/etc/x', undefined, 'a\n'))).toContain('--- /dev/null\n+++ /etc/x');
});

test('a plan that is refused says why, also when nothing would be changed', () => {
  const plan = { host: 'gw', roles: ['gateway'], changes: [], handlers: [] };
  const refused = [{ message: 'its venv is gone', hint: 'hxllm deploy' }];
  expect(plain(planText({ ...plan, refused }, { full: false }))).toBe(
    'gw gateway\n  refused: its venv is gone\n    hxllm deploy',
  );
  expect(plain(planText({ ...plan, refused: [] }, { full: false }))).toBe('gw gateway  no changes');
});
