// The story of `deploy`: look, show, ask, change, prove.
import { isEmpty } from '../engine/plan.js';
import { EXIT, type Exit, worstExit } from '../errors.js';
import type { Finding } from '../finding.js';
import { poll } from '../retry.js';
import type { Run } from '../run.js';
import { findingsText, summaryText } from '../ui/findings.js';
import { story, type Telling } from '../ui/listr.js';
import type { Fleet } from './fleet.js';
import { exitOf, type Outcome, outcomesJson, outcomesText } from './outcome.js';
import { lookAll, type PlanReport, planReport } from './plan.js';
import { applyAll } from './roll-out.js';
import { awayOf, verifiedOf, verifyFleet, withoutEchoes } from './verify.js';
import { tellGateways } from './webui/gateways.js';
import { keep } from './webui/provision.js';

export interface DeployOptions {
  check: boolean;
  adopt: boolean;
  full: boolean;
  skipUnreachable: boolean;
  print(text: string): void;
  /** False = the person said no. Throws without a terminal. */
  confirm(question: string): Promise<boolean>;
}

/** Of a deploy within another command, to which the person has said yes. */
export const AGREED = {
  check: false,
  adopt: false,
  full: false,
  skipUnreachable: false,
  confirm: async () => true,
} satisfies Partial<DeployOptions>;

const SETTLE_MS = 15_000;

export interface DeployReport {
  json: object;
  exit: Exit;
}

export async function deploy(fleet: Fleet, run: Run, options: DeployOptions): Promise<DeployReport> {
  const looked = await lookAll(fleet, run, { mend: !options.check, adopt: options.adopt, provide: true });
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
  if (changing.length === 0 && looked.errors.length === 0) {
    return reported(
      report,
      [],
      looked.looks.flatMap((l) => l.findings),
      options,
    );
  }
  if (changing.length > 0) {
    // the inventory first: no host has what it does not
    for (const text of keep(fleet, looked.made, looked.looks)) options.print(text);
    if (changing.some((l) => l.entry.members.some((m) => m.role === 'webui'))) await tellGateways(fleet, run);
  }
  const outcomes = await applyAll(looked, run, options);
  const good = new Set(outcomes.filter((o) => !o.error).map((o) => o.host));
  const findings = await prove(
    { ...fleet, hosts: fleet.hosts.filter((h) => good.has(h.name)) },
    awayOf(fleet),
    run,
  );
  return reported(report, outcomes, findings, options);
}

/** The checks of `verify` against the hosts that went well: deployed means that they passed. */
async function prove(fleet: Fleet, away: ReadonlySet<string>, run: Run): Promise<Finding[]> {
  const found: Finding[] = [];
  const work = async (_: object, { say }: Telling) => {
    await settle(fleet, away, run, say);
    found.push(...(await verifyFleet(fleet, run, {}, say)));
  };
  await story(
    [{ title: 'Prove it', skip: () => fleet.hosts.length === 0 && 'no host to prove', run: work }],
    {},
    run,
  );
  return withoutEchoes(found, fleet.stack, away);
}

/** HAProxy takes two of its own checks to see a backend that was just started. */
async function settle(
  fleet: Fleet,
  away: ReadonlySet<string>,
  run: Run,
  say: (text: string) => void,
): Promise<void> {
  const gateways = {
    ...fleet,
    hosts: fleet.hosts.filter((h) => h.members.some((m) => m.role === 'gateway')),
  };
  const settled = async () => {
    const findings = await verifyFleet(gateways, run, { only: ['balancer'] });
    const failed = withoutEchoes(findings, fleet.stack, away).filter((f) => f.status === 'fail');
    for (const { message } of failed) say(`waiting for HAProxy: ${message}`);
    return failed.length === 0 || undefined;
  };
  await poll(settled, { timeoutMs: SETTLE_MS, everyMs: 500, signal: run.signal });
}

function reported(
  report: PlanReport,
  outcomes: Outcome[],
  findings: Finding[],
  { print }: DeployOptions,
): DeployReport {
  const { summary, exit } = verifiedOf(findings);
  const told = outcomesText(outcomes);
  if (told) print(told);
  const bad = findings.filter((f) => f.status !== 'pass' && f.status !== 'skip');
  if (findings.length > 0) print(bad.length > 0 ? findingsText(bad, summary) : summaryText(summary));
  return {
    json: { ...report.json, outcomes: outcomesJson(outcomes), findings, summary },
    exit: worstExit([exitOf(outcomes), exit]),
  };
}
