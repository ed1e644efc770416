// Batches of hosts are of the size that Ansible's `serial` gives them.
import { expect, test } from 'vitest';
import { batchesOf } from '../../src/tasks/batches.js';

test.each([
  [undefined, [5]],
  ['1', [1, 1, 1, 1, 1]],
  ['2', [2, 2, 1]],
  ['9', [5]],
  ['40%', [2, 2, 1]],
  ['50%', [2, 2, 1]],
  ['10%', [1, 1, 1, 1, 1]],
  ['100%', [5]],
])('--serial %s of five hosts makes batches of %j', (serial, sizes) => {
  const batches = batchesOf(['a', 'b', 'c', 'd', 'e'], serial);
  expect(batches.map((batch) => batch.length)).toEqual(sizes);
  expect(batches.flat()).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('no hosts are no batches', () => {
  expect([batchesOf([], undefined), batchesOf([], '50%')]).toEqual([[], []]);
});
