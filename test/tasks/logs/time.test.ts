// What people type for a time becomes what every host understands alike.
import { expect, test } from 'vitest';
import { HxError } from '../../../src/errors.js';
import { journalTime } from '../../../src/tasks/logs/time.js';

const NOW = new Date(2026, 10, 25, 16, 3, 11);
const at = (...parts: [number, number, number, number?, number?, number?]) =>
  `@${new Date(parts[0], parts[1], parts[2], parts[3] ?? 0, parts[4] ?? 0, parts[5] ?? 0).getTime() / 1000}`;

test.each([
  ['30s', '-30'],
  ['10m', '-600'],
  ['-10m', '-600'],
  ['2 hours ago', '-7200'],
  ['1h30m', '-5400'],
  ['1.5h', '-5400'],
  ['3 Days ago', '-259200'],
  ['1w', '-604800'],
  ['today', at(2026, 10, 25)],
  ['yesterday', at(2026, 10, 24)],
  ['now', at(2026, 10, 25, 16, 3, 11)],
  ['14:05', at(2026, 10, 25, 14, 5)],
  ['14:05:09', at(2026, 10, 25, 14, 5, 9)],
  ['2026-01-31', at(2026, 0, 31)],
  ['2026-01-31 14:05', at(2026, 0, 31, 14, 5)],
  ['2026-01-31T14:05:09', at(2026, 0, 31, 14, 5, 9)],
  ['2026-01-31T14:05:09Z', `@${Date.UTC(2026, 0, 31, 14, 5, 9) / 1000}`],
  ['2026-01-31 14:05+02:00', `@${Date.UTC(2026, 0, 31, 12, 5) / 1000}`],
])('%s', (text, wanted) => {
  expect(journalTime(text, '--since', NOW)).toBe(wanted);
});

test.each([
  '',
  'soon',
  '10',
  '10 parsecs',
  '25:00',
  '2026-13-01',
  '2026-01-31 25:00',
  '-',
  '$(id)',
  '14:05 x',
])('"%s" is no time: exit 2, with examples', (text) => {
  const told = () => journalTime(text, '--until', NOW);
  expect(told).toThrow(HxError);
  expect(told).toThrow(`--until ${text}: no time`);
});
