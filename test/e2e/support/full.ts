// What only the full run shows: `npm run test:full`.
import { test } from 'vitest';

export const FULL = process.env.HXLLM_TEST_FULL === '1';

/** A test that costs time and is not decisive: skipped unless HXLLM_TEST_FULL=1. */
export const fullOnly = test.runIf(FULL);
