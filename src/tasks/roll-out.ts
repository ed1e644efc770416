// Making the planned changes in good order: backends side by side, gateways one at a time, then web UIs; or all in batches.
import { hostname, userInfo } from 'node:os';
import { apply } from '../engine/apply.js';
import { isEmpty } from '../engine/plan.js';
import type { Run as ApplyRun } from '../engine/script.js';
import { EXIT, HxError } from '../errors.js';
import type { Run } from '../run.js';
import { type Step, story, throwFault } from '../ui/listr.js';
import { batchesOf } from './batches.js';
import type { Fleet } from './fleet.js';
import type { Look } from './look.js';
import type { Outcome } from './outcome.js';
import type { Looked } from './plan.js';
import { Proof } from './proof.js';

export interface RollOutOptions {
  /** Hosts after an unreached one are changed all the same. */
  skipUnreachable: boolean;
  /** What is done on a host, for the lock and the record. Default: deploy. */
  reason?: (host: string) => string;
  /** Said of the hosts that are no gateway and no web UI. Default: the backends. */
  title?: string;
  /** Nothing new is started: a restart. */
  isSame?: boolean;
}

/** What of a look is needed to change the host. */
type Change = Pick<Look, 'entry' | 'plan'>;
export type Planned = Pick<Looked, 'fleet' | 'errors'> & { looks: Change[] };

/** Makes the planned changes. Nothing is thrown for a host; what became of each is returned. */
export async function applyAll(looked: Planned, run: Run, options: RollOutOptions): Promise<Outcome[]> {
  const outcomes = new Map<string, Outcome>();
  for (const { entry, error } of looked.errors)
    outcomes.set(entry.name, { host: entry.name, state: 'failed', error });
  const id = runId();
  const change = async (l: Change, say: (text: string) => void) => {
    outcomes.set(l.entry.name, await changeOne(l, looked.fleet, { id, ...options }, run, say));
    const { error } = outcomes.get(l.entry.name) as Outcome;
    if (error) throw error;
  };
  const step = (l: Change, before: readonly string[]): Step<object> => ({
    title: l.entry.name,
    skip: () =>
      isEmpty(l.plan) && unchanged(outcomes, l) ? 'no changes' : untouched(l, before, outcomes, options),
    run: (_, tell) => change(l, (text) => tell.say(text)),
  });
  throwFault(await story(stepsOf(looked, run.serial, step, options.title), {}, run));
  return looked.fleet.hosts.map((h) => outcomes.get(h.name) ?? { host: h.name, state: 'not touched' });
}

/** A host's step is told which hosts come before it: one that failed there stops it. */
function stepsOf(
  { fleet, looks }: Planned,
  serial: string | undefined,
  step: (l: Change, before: readonly string[]) => Step<object>,
  title = 'Change the backends',
): Step<object>[] {
  const named = (is: (roles: string[]) => boolean) =>
    fleet.hosts.filter((h) => is(h.members.map((m) => m.role))).map((h) => h.name);
  const gateways = named((roles) => roles.includes('gateway'));
  const webuis = named((roles) => !roles.includes('gateway') && roles.includes('webui'));
  const backends = named((roles) => !roles.includes('gateway') && !roles.includes('webui'));
  const stage = (title: string, batches: string[][], earlier: readonly string[]): Step<object>[] => {
    const parts = batches.map((batch, i) =>
      looks
        .filter((l) => batch.includes(l.entry.name))
        .map((l) => step(l, [...earlier, ...batches.slice(0, i).flat()])),
    );
    if (batches.length > 1 && batches.every((batch) => batch.length === 1))
      return [{ title: `${title}, one at a time`, each: () => parts.flat(), oneByOne: true }];
    const number = (i: number) => (batches.length > 1 ? `, batch ${i + 1} of ${batches.length}` : '');
    return parts.map((part, i) => ({ title: `${title}${number(i)}`, each: () => part }));
  };
  const stages = [
    ...stage(title, batchesOf(backends, serial), []),
    // without batches a backend that fails stops no gateway that has another one
    ...stage('Change the gateways', batchesOf(gateways, serial ?? '1'), serial ? backends : []),
    ...stage('Change the web UIs', batchesOf(webuis, serial), serial ? [...backends, ...gateways] : []),
  ];
  return stages.filter(({ each }) => each?.({}).length);
}

function unchanged(outcomes: Map<string, Outcome>, l: Change): true {
  outcomes.set(l.entry.name, { host: l.entry.name, state: 'unchanged' });
  return true;
}

async function changeOne(
  { entry, plan }: Change,
  { stack, hosts }: Pick<Fleet, 'stack' | 'hosts'>,
  { id, reason = () => 'deploy', isSame }: { id: string } & RollOutOptions,
  run: Run,
  say: (text: string) => void,
): Promise<Outcome> {
  try {
    const by = `${userInfo().username}@${hostname()}`;
    const lockWait = Math.ceil(run.lockWaitMs / 1000);
    const about: ApplyRun = { id, by, reason: reason(entry.name), lockWait };
    if (!entry.session) throw entry.error;
    const isFiltered = plan.changes.some(({ resource }) => resource.kind === 'filter');
    const proof = new Proof(entry, stack, run, isSame, isFiltered ? hosts : []);
    const steps = await apply(entry.session, plan, about, {
      say,
      signal: run.signal,
      prove: (name) => proof.prove(name),
    });
    return { host: entry.name, state: 'changed', steps };
  } catch (error) {
    if (!(error instanceof HxError)) throw error;
    return { host: entry.name, state: 'failed', error };
  }
}

/** Why a host is left alone: one before it failed, or a model would have no backend. */
function untouched(
  l: Change,
  before: readonly string[],
  outcomes: Map<string, Outcome>,
  options: RollOutOptions,
): string | false {
  const reason = reasonOf(l, before, outcomes, options);
  if (!reason) return false;
  const error = new HxError({ code: 'host-failed', where: l.entry.name, message: `not touched: ${reason}` });
  outcomes.set(l.entry.name, { host: l.entry.name, state: 'not touched', error });
  return `not touched: ${reason}`;
}

function reasonOf(
  l: Change,
  before: readonly string[],
  outcomes: Map<string, Outcome>,
  { skipUnreachable }: RollOutOptions,
): string | undefined {
  const failed = (name: string) => outcomes.get(name)?.state === 'failed';
  const lost = (name: string) => outcomes.get(name)?.error?.exitCode === EXIT.unreached;
  for (const name of before) {
    if (failed(name) && !(skipUnreachable && lost(name)))
      return `${name} ${lost(name) ? 'was not reached' : 'failed'}`;
  }
  for (const member of l.entry.members) {
    const gateway = member.role === 'webui' && member.gateway !== l.entry.name ? member.gateway : '';
    if (outcomes.get(gateway)?.error)
      return `its gateway ${gateway} ${failed(gateway) ? 'failed' : 'was not touched'}`;
    if (member.role !== 'gateway') continue;
    for (const model of member.models) {
      const hosts = member.backends.filter((b) => model.backends.includes(b.name)).map((b) => b.host ?? '');
      if (hosts.length > 0 && hosts.every(failed))
        return `no backend of ${model.name} is left: ${hosts.join(', ')} failed`;
    }
  }
  return undefined;
}

/** Sorts by time, two of one second too; the name of the record and of a release on the hosts. */
export function runId(now = new Date()): string {
  const time = now.toISOString().replace(/[-:]|\.\d+Z/g, '');
  const part = (number: number) => number.toString(36).padStart(2, '0');
  return `${time}-${part(now.getMilliseconds())}${part(Math.floor(Math.random() * 36 ** 2))}`;
}
