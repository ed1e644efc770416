// The story of `plan`, and the first half of `deploy`: connect, read, plan; what cannot be read is said, not guessed.
import { isEmpty } from '../engine/plan.js';
import { EXIT, type Exit, HxError, worstExit } from '../errors.js';
import type { Run } from '../run.js';
import { story, throwFault } from '../ui/listr.js';
import { type PlanView, planJson, planText } from '../ui/plan.js';
import type { Fleet, FleetHost } from './fleet.js';
import { isLeft, type Look, type LookOptions, planned } from './look.js';
import { Reading } from './reading.js';
import { type Provision, provision } from './webui/provision.js';

export interface Looked {
  fleet: Fleet;
  looks: Look[];
  /** Hosts that were not reached or could not be read. */
  errors: { entry: FleetHost; error: HxError }[];
  /** What the inventory lacks yet and the plan counts on. */
  made: Provision;
  /** Worth a word about single hosts. */
  notes: string[];
}

/** Connects to all hosts and plans each. One that fails stops no other. */
export async function lookAll(
  fleet: Fleet,
  run: Run,
  options: LookOptions & { provide?: boolean } = {},
): Promise<Looked> {
  const made = options.provide ? provision(fleet, run) : { clients: new Map() };
  const looked: Looked = { fleet, looks: [], errors: [], made, notes: [] };
  const all = new Reading(fleet, run, options);
  const reading = async (entry: FleetHost) => {
    try {
      const read = await all.of(entry);
      const { ways, notes } = await all.waysTo(read);
      const seen = planned(read, ways, options);
      looked.looks.push(seen);
      looked.notes.push(...notes);
      return seen;
    } catch (error) {
      run.signal.throwIfAborted();
      if (!(error instanceof HxError)) throw error;
      looked.errors.push({ entry, error });
      throw error;
    }
  };
  const failures = await story(
    [
      {
        title: 'Read the hosts',
        each: () =>
          fleet.hosts.map((entry) => ({
            title: entry.name,
            run: async (_, tell) => tell.say(summary(await reading(entry))),
          })),
      },
    ],
    {},
    run,
  );
  throwFault(failures);
  const order = (host: string) => fleet.hosts.findIndex((h) => h.name === host);
  looked.looks.sort((a, b) => order(a.entry.name) - order(b.entry.name));
  return looked;
}

function summary({ plan }: Look): string {
  const count = plan.changes.length;
  return count === 0 && plan.handlers.length === 0
    ? 'no changes'
    : `${count} change${count === 1 ? '' : 's'}`;
}

export function viewOf({ entry, plan }: Look): PlanView {
  return { ...plan, roles: [...(entry.leaving?.roles ?? entry.members.map((m) => m.role))] };
}

export interface PlanReport {
  text: string;
  json: object;
  exit: Exit;
}

/** What is printed after a look: plans, what is refused, what was not read. */
export function planReport({ looks, errors, fleet, notes }: Looked, { full }: { full: boolean }): PlanReport {
  const views = looks.map(viewOf);
  const changed = looks.filter((l) => !isEmpty(l.plan)).length;
  const left = looks.filter((l) => isLeft(l.facts.host)).map((l) => l.entry.name);
  const refused = looks.some((l) => l.plan.refused.length > 0);
  const codes = [
    ...errors.map((e) => e.error.exitCode),
    changed + left.length > 0 ? EXIT.pending : EXIT.done,
    refused ? EXIT.failed : EXIT.done,
  ];
  const notices = [...fleet.stack.notices, ...notes];
  const lines = [
    ...views.map((v) => planText(v, { full })),
    ...errors.map(({ error }) => [`${error.message}`, ...error.suggestions.map((s) => `  ${s}`)].join('\n')),
    ...left.map(
      (name) => `${name}: an interrupted change is put back by the next deploy, before it looks again`,
    ),
    ...notices.map((n) => `note: ${n}`),
    `${changed} of ${fleet.hosts.length} hosts to change${errors.length > 0 ? `, ${errors.length} not read` : ''}`,
  ];
  const json = {
    hosts: views.map(planJson),
    errors: errors.map(({ entry, error }) => ({
      host: entry.name,
      code: error.code,
      message: error.message,
      suggestions: error.suggestions,
    })),
    interrupted: left,
    notices,
  };
  return { text: lines.join('\n'), json, exit: worstExit(codes) };
}
