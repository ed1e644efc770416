// Inventories of every kind, made of chance: hxllm must read each as ansible-core does, or both must refuse it.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Case, disagreement, Oracle } from './case.js';
import { generate } from './generate.js';
import { shrink } from './shrink.js';

const CASES = Number(process.env.HXLLM_CONFORMANCE_CASES ?? (process.env.HXLLM_TEST_FULL ? 2000 : 200));
/** The seed of the first case; the next has the next. */
const SEED = Number(process.env.HXLLM_CONFORMANCE_SEED ?? 1);

let oracle: Oracle;
beforeAll(() => {
  oracle = new Oracle();
}, 180_000);
afterAll(() => oracle.end());

it(
  `agrees with Ansible about ${CASES} inventories`,
  async () => {
    for (let seed = SEED; seed < SEED + CASES; seed++) {
      const found = await disagreement(oracle, generate(seed));
      if (found.length > 0) expect.fail(await told(seed));
    }
  },
  CASES * 500 + 60_000,
);

/** The smallest case that is left of one, and how to have it again. */
async function told(seed: number): Promise<string> {
  const given = generate(seed);
  // of what a smaller case could be told apart by, only whether one of the two refuses it
  const refused = (found: string[]): boolean => found.some((text) => text.startsWith('refused'));
  const before = refused(await disagreement(oracle, given));
  const small = await shrink(given, async (smaller: Case) => {
    const found = await disagreement(oracle, smaller);
    return found.length > 0 && refused(found) === before;
  });
  const files = Object.entries(small.files).map(([name, text]) => `--- ${name}\n${text}`);
  return [
    `HXLLM_CONFORMANCE_SEED=${seed} HXLLM_CONFORMANCE_CASES=1`,
    ...(await disagreement(oracle, small)),
    `sources: ${small.sources.join(' ')}`,
    ...files,
  ].join('\n');
}
