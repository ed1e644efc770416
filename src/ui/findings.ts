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
  const hints = new Map<string, string[]>();
  for (const { hint, host, check } of findings) {
    if (hint) hints.set(hint, [...(hints.get(hint) ?? []), `${host} ${check}`]);
  }
  const mend = [...hints].map(
    ([hint, where]) => `${color.strong([...new Set(where)].join(', '))}\n  ${hint}`,
  );
  return [table(['result', 'host', 'check', 'seen'], rows), ...mend, summaryText(summary)].join('\n\n');
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
