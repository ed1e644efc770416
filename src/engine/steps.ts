// From a plan to the steps of one apply, in their order. Pure.
import type { Change, Handler, Kind } from '../resources/kind.js';
import { quote } from '../shell.js';
import { kindOf, type Plan } from './plan.js';
import { BUDGET, PENDING, pendingFile } from './transaction.js';

export interface Step {
  title: string;
  script: string;
  /** Seconds until the host undoes the change by itself. */
  budget: number;
  /** bash that makes good what it did, besides the saved paths. */
  undo?: string;
  /** It goes on while so many steps behind it are made; all of the run when infinite. */
  beside?: number;
}

export interface Steps {
  /** Only add; may take any time. A failure leaves everything as it was. */
  stage: Step[];
  /** Between arming and the last proof: a failure puts everything back. */
  change: Step[];
  /** After the proof: nothing of it is undone. */
  after: Step[];
  /** Paths that `change` touches. */
  saves: string[];
}

export function stepsOf(plan: Plan): Steps {
  const steps = (name: Kind['phase'], removal: boolean) =>
    plan.changes.filter((c) => phaseOf(c) === name && isRemoval(c) === removal).map(changeStep);
  const phase = (name: Kind['phase']) => steps(name, false);
  const removed = (name: Kind['phase']) => steps(name, true);
  const handlersFrom = (from: number, to: number) =>
    plan.handlers.filter((h) => h.order >= from && h.order < to);
  const handlers = (from: number, to: number) => handlersFrom(from, to).map(handlerStep);
  // on a host that is gateway and backend, a new release is proven with the models that it offers
  const isOffered = plan.changes.some((change) => change.resource.kind === 'release');
  const after = phase('after').map((step) => ({ ...step, budget: LONGEST }));
  const serving = [...phase('service'), ...(isOffered ? after : []), ...handlers(10, PROVEN)];
  // a unit is stopped as long as its file says how
  const leaving = [...removed('service'), ...phase(undefined), ...removed(undefined)];
  const changing = [...leaving, ...handlers(0, 10), ...serving];
  // what an earlier run left is either among them, or made by the start of its unit
  const must = handlersFrom(0, PROVEN);
  const noted =
    must.length + phase('service').length > 0
      ? [{ title: 'note what must follow', script: note(must), budget: BUDGET }]
      : [];
  return {
    stage: [
      ...staged(plan.changes.filter((c) => phaseOf(c) === 'stage' && !isRemoval(c))),
      ...plan.changes.flatMap(stageStep),
    ],
    change: changing.length > 0 ? [...noted, ...changing, PROVE] : [],
    after: [...(isOffered ? [] : after), ...removed('after'), ...handlers(PROVEN, Number.POSITIVE_INFINITY)],
    saves: [...new Set(plan.changes.flatMap(savesOf))],
  };
}

/** Packages are installed beside what needs none of them, and what nobody waits for is made beside all the rest. */
function staged(changes: readonly Change[]): Step[] {
  return changes.map((change, at) => {
    const step = changeStep(change);
    if (kindOf(change).lasting) return { ...step, beside: Number.POSITIVE_INFINITY };
    const names = kindOf(change).installs?.(change);
    if (!names) return step;
    const behind = changes.slice(at + 1);
    const end = behind.findIndex(
      (other) => kindOf(other).packages?.every((name) => !names.includes(name)) !== true,
    );
    const beside = end < 0 ? behind.length : end;
    return beside > 0 ? { ...step, beside } : step;
  });
}

/** What only adds is not undone either when it goes: it goes last. */
function phaseOf(change: Change): Kind['phase'] {
  const phase = change.resource.early ? 'stage' : kindOf(change).phase;
  return phase === 'stage' && isRemoval(change) ? 'after' : phase;
}

const isRemoval = ({ action }: Change) => action === 'remove';

function savesOf(change: Change): string[] {
  return change.resource.early ? [] : (kindOf(change).saves?.(change) ?? []);
}

/** Handlers of this order and above run when all is proven; nothing depends on them, the next change makes up for them. */
const PROVEN = 40;

/** Seconds of a pull: a day. */
const LONGEST = 86_400;

/** The last word is the controller's: it looks at the host as its clients do. */
const PROVE: Step = { title: 'the proof', script: 'prove host', budget: 900 };

/** A run that is ended for good between a change and its restart leaves word of it for the next one. */
function note(handlers: readonly Handler[]): string {
  const files = handlers.map(({ id }) => `echo ${quote(id)} > ${pendingFile(id)}`);
  return [`mkdir -p ${PENDING}`, `rm -f ${PENDING}/*`, ...files].join('\n');
}

function changeStep(change: Change): Step {
  const kind = kindOf(change);
  const undo = kind.undo?.(change);
  return { title: change.title, script: kind.apply(change), budget: BUDGET, ...(undo ? { undo } : {}) };
}

function stageStep(change: Change): Step[] {
  const script = kindOf(change).stage?.(change);
  return script ? [{ title: change.title, script, budget: BUDGET }] : [];
}

function handlerStep({ id, script, undo, budget = BUDGET }: Handler): Step {
  return {
    title: id,
    script: `${script}\nrm -f ${pendingFile(id)}`,
    budget,
    ...(undo ? { undo } : {}),
  };
}
