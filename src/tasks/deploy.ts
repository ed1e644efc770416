// The story of `deploy`: look, show, ask, change, prove.
import { isEmpty } from '../engine/plan.js';
import { EXIT, type Exit, HxError, worstExit } from '../errors.js';
import type { Run } from '../run.js';
import type { Fleet } from './fleet.js';
import { lookAll, planReport } from './plan.js';
import { applyAll, type Outcome } from './roll-out.js';

export interface DeployOptions {
  check: boolean;
  full: boolean;
  skipUnreachable: boolean;
  print(text: string): void;
  /** False = the person said no. Throws without a terminal. */
  confirm(question: string): Promise<boolean>;
}

export interface DeployReport {
  json: object;
  exit: Exit;
}

export async function deploy(fleet: Fleet, run: Run, options: DeployOptions): Promise<DeployReport> {
  const looked = await lookAll(fleet, run);
  const report = planReport(looked, options);
  options.print(report.text);
  const changing = looked.looks.filter((l) => !isEmpty(l.plan));
  const refused = looked.looks.some((l) => l.plan.refused.length > 0);
  if (options.check || refused || looked.looks.length === 0) return report;
  if (
    changing.length > 0 &&
    !(await options.confirm(`Change ${changing.map((l) => l.entry.name).join(', ')}?`))
  ) {
    return { ...report, exit: EXIT.pending };
  }
  const outcomes =
    changing.length === 0 && looked.errors.length === 0 ? [] : await applyAll(looked, run, options);
  for (const text of outcomes.flatMap(outcomeText)) options.print(text);
  const codes = outcomes.map((o) => o.error?.exitCode ?? EXIT.done);
  return { json: { ...report.json, outcomes: outcomes.map(outcomeJson) }, exit: worstExit(codes) };
}

function outcomeText({ host, state, error }: Outcome): string[] {
  if (error) return [error.message, ...error.suggestions.map((s) => `  ${s}`)];
  return state === 'changed' ? [`${host}: changed`] : [];
}

function outcomeJson({ host, state, error }: Outcome): object {
  const about =
    error instanceof HxError
      ? { code: error.code, message: error.message, suggestions: error.suggestions }
      : undefined;
  return { host, state, ...(about ? { error: about } : {}) };
}
