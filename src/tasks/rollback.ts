// The story of `rollback`: the gateways get an older release back, by the same switch as a deploy's, each proven.
import { isEmpty, type Plan } from '../engine/plan.js';
import { EXIT, type Exit, HxError } from '../errors.js';
import {
  chooseRelease,
  PROBE_RELEASES,
  type Release,
  type Releases,
  readReleases,
} from '../roles/gateway/releases.js';
import { rollbackOf } from '../roles/gateway/rollback.js';
import type { Run } from '../run.js';
import type { GatewayHost } from '../stack/stack.js';
import { story } from '../ui/listr.js';
import type { Fleet } from './fleet.js';
import type { Look } from './look.js';
import { exitOf, outcomesJson, outcomesText } from './outcome.js';
import { type Looked, lookAll, planReport } from './plan.js';
import { applyAll } from './roll-out.js';

export interface RollbackOptions {
  /** Undefined = the release before the current one of each gateway. */
  id: string | undefined;
  check: boolean;
  print(text: string): void;
  confirm(question: string): Promise<boolean>;
}

interface Choice {
  look: Look;
  seen: Releases;
  to: Release;
}

/** `fleet` has gateways alone. Throws `usage` when a gateway has no such release. */
export async function rollback(
  fleet: Fleet,
  run: Run,
  { id, check, print, confirm }: RollbackOptions,
): Promise<{ json: object; exit: Exit }> {
  const looked = await lookAll(fleet, run, { mend: !check });
  const choices = chosen(await releasesOf(looked, run), id);
  const looks = choices.map(planned);
  const report = planReport({ ...looked, looks }, { full: false });
  print(report.text);
  const releases = choices.map(({ look, seen, to }) => ({
    host: look.entry.name,
    from: seen.current,
    to: to.id,
  }));
  const json = { ...report.json, releases };
  const changing = looks.filter((l) => !isEmpty(l.plan)).map((l) => l.entry.name);
  if (check || changing.length === 0 || looks.some((l) => l.plan.refused.length > 0))
    return { json, exit: report.exit };
  const to = [...new Set(choices.map((c) => c.to.id))].join(', ');
  if (!(await confirm(`Roll back ${changing.join(', ')} to ${to}?`))) return { json, exit: EXIT.pending };
  const reason = (host: string) => `rollback to ${releases.find((r) => r.host === host)?.to}`;
  const outcomes = await applyAll({ ...looked, looks }, run, { skipUnreachable: false, reason });
  print(outcomesText(outcomes));
  return { json: { ...json, outcomes: outcomesJson(outcomes) }, exit: exitOf(outcomes) };
}

/** What the gateways still have. One that cannot be read joins those that were not. */
async function releasesOf(looked: Looked, run: Run): Promise<Map<Look, Releases>> {
  const found = new Map<Look, Releases>();
  const ask = async (look: Look) => {
    const { session, name: where } = look.entry;
    const { stdout = '', stderr = '' } = (await session?.run(PROBE_RELEASES, { signal: run.signal })) ?? {};
    const seen = readReleases(stdout);
    if (seen) return void found.set(look, seen);
    const message = `its releases could not be read: ${stderr.trim()}`;
    const error = new HxError({ code: 'host-failed', where, message });
    looked.errors.push({ entry: look.entry, error });
    throw error;
  };
  const each = () => looked.looks.map((look) => ({ title: look.entry.name, run: () => ask(look) }));
  await story([{ title: 'Read the releases', each }], {}, run);
  return found;
}

function chosen(seen: Map<Look, Releases>, id: string | undefined): Choice[] {
  const all = [...seen].map(([look, releases]) => ({
    look,
    seen: releases,
    to: chooseRelease(releases, id),
  }));
  const without = all.filter(({ to }) => !to).map(({ look }) => look.entry.name);
  if (without.length === 0) return all as Choice[];
  throw new HxError({
    code: 'usage',
    message: `no ${id === undefined ? 'earlier release' : `release ${id}`} on ${without.join(', ')}; nothing was changed`,
    hint: [...seen].map(([look, releases]) => `${look.entry.name} has ${listed(releases)}`),
  });
}

function listed({ current, all }: Releases): string {
  const words = all.map(({ id, litellm, neverServed }) => {
    const what = id === current ? ', serves' : neverServed ? ', never served' : '';
    return `${id} (LiteLLM ${litellm ?? 'is gone'}${what})`;
  });
  return words.join(', ') || 'none';
}

/** A look whose plan is the rollback, and whose gateway is what the release makes it. */
function planned({ look, seen, to }: Choice): Look {
  const { entry, resources } = look;
  const gateway = entry.members.find((m): m is GatewayHost => m.role === 'gateway') as GatewayHost;
  const { host, ...made } = rollbackOf(gateway, resources, seen, to);
  const plan: Plan = { host: entry.name, ...made };
  return { ...look, entry: { ...entry, members: [host] }, plan };
}
