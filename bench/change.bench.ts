// `npm run bench`: the changes of a running gateway under load on the lab, with what clients saw of each phase.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { table } from '../src/ui/table.js';
import { serving } from '../test/e2e/support/shared.js';
import { GATEWAY, HOSTS } from '../test/e2e/support/stack.js';
import { CHANGES, figures, UnderLoad } from '../test/e2e/support/under-load.js';
import { useLab } from '../test/support/lab.js';
import type { Load, Loaded } from '../test/support/load.js';

const lab = useLab({ hosts: HOSTS });
let under: UnderLoad;
beforeAll(async () => {
  const { code, stderr } = await lab().hxllm(['deploy', '--yes']);
  expect([code, stderr]).toEqual([0, expect.anything()]);
  await serving(lab());
  under = new UnderLoad(lab());
  await under.start();
});
afterAll(() => under?.stop());

interface Timed {
  title: string;
  at: string;
  ms: number;
}

/** What was asked in each phase: the gap is between good answers that came in it. */
function rows(steps: Timed[], seen: Load['seen']): string[][] {
  return steps.map(({ title, at, ms }) => {
    const [from, to] = [Date.parse(at), Date.parse(at) + ms];
    const sent = seen.filter((one) => one.from >= from && one.from < to);
    const came = seen.filter((one) => one.good && one.to >= from && one.to < to).map((one) => one.to);
    const ends = [from, ...came.sort((a, b) => a - b), to];
    const gap = Math.max(...ends.slice(1).map((end, i) => end - (ends[i] as number)));
    const failed = sent.filter(({ good }) => !good).length;
    return [title, (ms / 1000).toFixed(1), String(sent.length), String(failed), String(gap)];
  });
}

test.each(Object.values(CHANGES))('$what', async (change) => {
  const { code, stdout, load } = await under.change(change, '--json');
  const { outcomes = [] } = JSON.parse(stdout) as { outcomes?: { host: string; steps?: Timed[] }[] };
  const steps = outcomes.find(({ host }) => host === lab().fqdn(GATEWAY))?.steps ?? [];
  show(change.what, load, steps);
  expect(code).toBe(0);
});

function show(what: string, load: Loaded, steps: Timed[]): void {
  const text = table(
    ['phase', 'seconds', 'sent', 'failed', 'longest gap, ms'],
    rows(steps, under.running?.seen ?? []),
  );
  process.stdout.write(`\n${figures(what, load)}\n${text}\n`);
  for (const why of [...load.failed, ...load.cut]) process.stdout.write(`  ${why}\n`);
}
