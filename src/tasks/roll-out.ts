// Making the planned changes in good order: backends side by side, then gateways one at a time.
import { hostname, userInfo } from 'node:os';
import { apply } from '../engine/apply.js';
import { isEmpty } from '../engine/plan.js';
import type { Run as ApplyRun } from '../engine/script.js';
import { EXIT, type Exit, HxError, worstExit } from '../errors.js';
import type { Run } from '../run.js';
import type { Stack } from '../stack/stack.js';
import { type Step, story } from '../ui/listr.js';
import type { Look } from './look.js';
import type { Looked } from './plan.js';
import { Proof } from './proof.js';

/** What became of a host. */
export interface Outcome {
  host: string;
  state: 'changed' | 'unchanged' | 'failed' | 'not touched';
  /** Why it failed or was not touched. */
  error?: HxError;
}

export interface DeployOptions {
  /** Gateways after an unreached one are changed all the same. */
  skipUnreachable: boolean;
  /** What it does, for the lock and the record. Default: deploy. */
  reason?: string;
  /** Nothing new is started: a restart. */
  isSame?: boolean;
}

/** A host that was left alone has not failed: what it was left alone for has. */
export function exitOf(outcomes: readonly Outcome[]): Exit {
  return worstExit(outcomes.map((o) => (o.state === 'failed' ? o.error?.exitCode : undefined) ?? EXIT.done));
}

/** Makes the planned changes. Nothing is thrown for a host; what became of each is returned. */
export async function applyAll(looked: Looked, run: Run, options: DeployOptions): Promise<Outcome[]> {
  const outcomes = new Map<string, Outcome>();
  for (const { entry, error } of looked.errors)
    outcomes.set(entry.name, { host: entry.name, state: 'failed', error });
  const isGateway = (l: Look) => l.entry.members.some((m) => m.role === 'gateway');
  const id = runId();
  const change = async (l: Look, say: (text: string) => void) => {
    outcomes.set(l.entry.name, await changeOne(l, looked.fleet.stack, { id, ...options }, run, say));
    const { error } = outcomes.get(l.entry.name) as Outcome;
    if (error) throw error;
  };
  const step = (l: Look): Step<object> => ({
    title: l.entry.name,
    skip: () => isEmpty(l.plan) && unchanged(outcomes, l) && 'no changes',
    run: (_, tell) => change(l, (text) => tell.say(text)),
  });
  const backends = looked.looks.filter((l) => !isGateway(l));
  const gateways = looked.looks.filter(isGateway);
  const one = (l: Look): Step<object> => ({
    ...step(l),
    skip: () =>
      isEmpty(l.plan) && unchanged(outcomes, l) ? 'no changes' : untouched(l, looked, outcomes, options),
  });
  const steps: Step<object>[] = [];
  if (backends.length > 0) steps.push({ title: 'Change the backends', each: () => backends.map(step) });
  if (gateways.length > 0)
    steps.push({
      title: 'Change the gateways, one at a time',
      each: () => gateways.map(one),
      oneByOne: true,
    });
  await story(steps, {}, run);
  return looked.fleet.hosts.map((h) => outcomes.get(h.name) ?? { host: h.name, state: 'not touched' });
}

function unchanged(outcomes: Map<string, Outcome>, l: Look): true {
  outcomes.set(l.entry.name, { host: l.entry.name, state: 'unchanged' });
  return true;
}

async function changeOne(
  { entry, plan }: Look,
  stack: Stack,
  { id, reason = 'deploy', isSame }: { id: string } & DeployOptions,
  run: Run,
  say: (text: string) => void,
): Promise<Outcome> {
  try {
    const by = `${userInfo().username}@${hostname()}`;
    const about: ApplyRun = { id, by, reason, lockWait: Math.ceil(run.lockWaitMs / 1000) };
    if (!entry.session) throw entry.error;
    const proof = new Proof(entry, stack, run, isSame);
    await apply(entry.session, plan, about, { say, signal: run.signal, prove: (name) => proof.prove(name) });
    return { host: entry.name, state: 'changed' };
  } catch (error) {
    if (!(error instanceof HxError)) throw error;
    return { host: entry.name, state: 'failed', error };
  }
}

/** Why a gateway is left alone: one before it failed, or a model would have no backend. */
function untouched(
  l: Look,
  looked: Looked,
  outcomes: Map<string, Outcome>,
  options: DeployOptions,
): string | false {
  const reason = reasonOf(l, looked, outcomes, options);
  if (!reason) return false;
  const error = new HxError({ code: 'host-failed', where: l.entry.name, message: `not touched: ${reason}` });
  outcomes.set(l.entry.name, { host: l.entry.name, state: 'not touched', error });
  return `not touched: ${reason}`;
}

function reasonOf(
  l: Look,
  { fleet }: Looked,
  outcomes: Map<string, Outcome>,
  { skipUnreachable }: DeployOptions,
): string | undefined {
  const failed = (name: string) => outcomes.get(name)?.state === 'failed';
  const lost = (name: string) => outcomes.get(name)?.error?.exitCode === 4;
  const names = fleet.stack.gateways.map((g) => g.name);
  for (const name of names.slice(0, names.indexOf(l.entry.name))) {
    if (failed(name) && !(skipUnreachable && lost(name)))
      return `${name} ${lost(name) ? 'was not reached' : 'failed'}`;
  }
  for (const member of l.entry.members) {
    if (member.role !== 'gateway') continue;
    for (const model of member.models) {
      const hosts = member.backends.filter((b) => model.backends.includes(b.name)).map((b) => b.host ?? '');
      if (hosts.length > 0 && hosts.every(failed))
        return `no backend of ${model.name} is left: ${hosts.join(', ')} failed`;
    }
  }
  return undefined;
}

/** Sorts by time; the name of the record and of a release on the hosts. */
function runId(): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+Z/g, '');
  return `${time}-${Math.random().toString(36).slice(2, 6)}`;
}
