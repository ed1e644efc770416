// Findings as people read them: a table, then what mends what is wrong, then the count.
import type { Finding, Status } from '../finding.js';
import { color } from './color.js';
import { table } from './table.js';

const SHOWN: Record<Status, string> = {
  pass: color.good('pass'),
  warn: color.warn('warn'),
  fail: color.bad('FAIL'),
  skip: color.dim('skip'),
  unreached: color.bad('unreached'),
};

export function findingsText(findings: readonly Finding[], summary: Record<Status, number>): string {
  const rows = findings.map(({ status, host, check, subject, message }) => [
    SHOWN[status],
    host,
    check,
    subject ? `${subject}: ${message}` : message,
  ]);
  const mend = hintsOf(findings).map(
    ({ hint, checks, also }) =>
      `${color.strong(checks.join(', '))}: ${hint}${also.length > 0 ? color.dim(`\n  likewise: ${also.join(', ')}`) : ''}`,
  );
  return [table(['result', 'host', 'check', 'seen'], rows), mend.join('\n'), summaryText(summary)]
    .filter(Boolean)
    .join('\n\n');
}

export function summaryText(summary: Record<Status, number>): string {
  const parts = [
    `${summary.pass} passed`,
    summary.warn > 0 && color.warn(`${summary.warn} with a warning`),
    summary.fail > 0 && color.bad(`${summary.fail} failed`),
    summary.skip > 0 && `${summary.skip} skipped`,
    summary.unreached > 0 && color.bad(`${summary.unreached} not reached`),
  ];
  return parts.filter(Boolean).join(', ');
}

/** One per thing to do: what several hosts need alike is said for the first of them. */
function hintsOf(findings: readonly Finding[]): { hint: string; checks: string[]; also: string[] }[] {
  const groups = new Map<string, { hint: string; checks: string[]; hosts: string[] }>();
  for (const { hint, host, check } of findings) {
    if (!hint) continue;
    const key = hint.replaceAll(host, 'HOST');
    const group = groups.get(key) ?? { hint, checks: [], hosts: [] };
    groups.set(key, group);
    if (!group.checks.includes(check)) group.checks.push(check);
    if (!group.hosts.includes(host)) group.hosts.push(host);
  }
  return [...groups.values()].map(({ hint, checks, hosts }) => ({ hint, checks, also: hosts.slice(1) }));
}
