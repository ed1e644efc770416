// Lines of many hosts come in the order of their times, each once, with little held.
import { expect, test } from 'vitest';
import { type Line, merged, type Source, Window } from '../../../src/tasks/logs/order.js';

const line = (host: string, time: number): Line => ({ host, entry: { time, cursor: '', message: '' } });
const told = (lines: Line[]) => lines.map(({ host, entry }) => `${host}${entry.time}`);

function source(host: string, times: number[], taken: { most: number; now: number }): Source {
  const rest = [...times];
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, host === 'slow' ? 2 : 0));
    const time = rest.shift();
    if (time !== undefined) taken.most = Math.max(taken.most, ++taken.now);
    return time === undefined ? undefined : line(host, time);
  };
}

test('whole journals are merged; one entry of each is held', async () => {
  const taken = { most: 0, now: 0 };
  const given: Line[] = [];
  const sources = [
    source('a', [1, 4, 9], taken),
    source('slow', [2, 3, 10], taken),
    source('none', [], taken),
    source('c', [4, 5], taken),
  ];
  await merged(sources, (one) => {
    given.push(one);
    taken.now--;
  });
  expect(told(given)).toEqual(['a1', 'slow2', 'slow3', 'a4', 'c4', 'c5', 'a9', 'slow10']);
  expect(taken.most).toBeLessThanOrEqual(3);
});

test('no host is no line', async () => {
  await merged([], () => expect.unreachable());
});

test('what comes now waits for what may come late, and not longer', () => {
  const window = new Window(400);
  window.add(line('a', 20), 1000);
  expect(window.due(1300)).toEqual([]);
  window.add(line('b', 10), 1300);
  window.add(line('b', 30), 1301);
  expect(told(window.due(1400))).toEqual(['b10', 'a20']);
  expect(window.due(1500)).toEqual([]);
  // later than the window: out of order, but not lost
  window.add(line('a', 5), 1600);
  expect(told(window.due(1701))).toEqual(['a5', 'b30']);
  window.add(line('a', 40), 1702);
  expect(told(window.rest())).toEqual(['a40']);
  expect(window.rest()).toEqual([]);
});
