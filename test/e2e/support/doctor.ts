// `hxllm doctor` in a test: its report, and what of it is bad.

import { expect } from 'vitest';
import type { Finding } from '../../../src/finding.js';
import type { Lab } from '../../support/lab.js';

export interface Report {
  findings: Finding[];
  mended: { host: string; check: string; done: string }[];
  failed: { host: string; check: string; failed: string; message: string }[];
  exit: number;
}
/** The control node of the tests does not know the lab's names: that is what base-url says, rightly. */
export async function doctor(lab: Lab, ...args: string[]): Promise<Report & { bad: string[] }> {
  const { code, stdout, stderr } = await lab.hxllm(['doctor', '--skip', 'base-url', '--json', ...args]);
  const report = JSON.parse(stdout || stderr) as Report;
  expect(report.exit ?? 0).toBe(code);
  const bad = report.findings
    .filter(({ status }) => status !== 'pass' && status !== 'skip')
    .map(({ host, check, subject }) => `${host.split('.')[0]} ${check}${subject ? ` ${subject}` : ''}`);
  return { ...report, bad };
}
