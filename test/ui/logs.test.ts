// Entries as people and programs read them.
import { expect, test } from 'vitest';
import { logJson, logLines } from '../../src/ui/logs.js';

const TIME = new Date(2026, 10, 25, 16, 3, 11, 123).getTime() * 1000 + 456;
const plain = (text: string) => text.replace(/\x1b\[[0-9;]*m/g, '');

test('hosts by their short names, in columns', () => {
  const line = logLines(['hx-api-server.dev.example', 'llm.dev.example']);
  expect(plain(line('llm.dev.example', { time: TIME, identifier: 'ollama', pid: 7, message: 'hi\n' }))).toBe(
    '2026-11-25 16:03:11.123 llm           ollama[7]: hi',
  );
});

test('two that share one, and addresses, are shown whole', () => {
  const shown = (hosts: string[]) => plain(logLines(hosts)(hosts[0]!, { time: TIME, message: 'x' }));
  expect(shown(['a.x', 'a.y'])).toContain(' a.x -: x');
  expect(shown(['10.0.0.1', '10.0.0.2'])).toContain(' 10.0.0.1 -: x');
});

test('further lines are set in; what would move the cursor goes', () => {
  const message = 'one\x1b[2J\x1b]0;title\x07\r\ntwo\x9b31m\tthree\x00';
  expect(plain(logLines(['a'])('a', { time: TIME, identifier: 'x\x1b[1m', message }))).toMatch(
    /a x: one\n {2}two\tthree$/,
  );
});

test('as JSON: one line, UTC with microseconds', () => {
  const text = logJson('a.x', { time: 1764086591000042, unit: 'u.service', priority: 3, message: 'a\nb' });
  expect(text).not.toContain('\n');
  expect(JSON.parse(text)).toEqual({
    ...{ schema: 1, time: '2025-11-25T16:03:11.000042Z', host: 'a.x', unit: 'u.service', priority: 3 },
    message: 'a\nb',
  });
});
