// What only the full run shows: `npm run test:full`.
import { test } from 'vitest';

export const FULL = process.env.HXLLM_TEST_FULL === '1';

/** Requests a second. An open loop on a machine that is slower for a while only gets further behind: the ordinary run asks for less. */
export const RATE = Number(process.env.HXLLM_TEST_RATE ?? (FULL ? 20 : 3));

/** A test that costs time and is not decisive: skipped unless HXLLM_TEST_FULL=1. */
export const fullOnly = test.runIf(FULL);
