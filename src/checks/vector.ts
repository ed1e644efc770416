// What a good embedding is. Pure.
import type { Result } from './check.js';

export function judgeVector(vector: readonly number[], ms: number): Result {
  const data = { dimensions: vector.length, ms };
  if (vector.length === 0) return { status: 'fail', message: `gave an empty embedding after ${ms} ms`, data };
  if (!vector.every(Number.isFinite))
    return { status: 'fail', message: 'gave an embedding that is not numbers', data };
  if (vector.every((x) => x === 0)) return { status: 'fail', message: 'gave an embedding of zeros', data };
  return { status: 'pass', message: `${vector.length} dimensions in ${ms} ms`, data };
}
