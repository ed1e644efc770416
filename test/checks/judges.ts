// Runs a table of outputs through a check's judge.
import { describe, expect, test } from 'vitest';
import type { HostCheck, Result, RoleHost } from '../../src/checks/check.js';
import { aStack } from './members.js';

export type Case = [
  name: string,
  output: string,
  status: Result['status'],
  message: RegExp,
  /** Instead of the table's own. */
  member?: RoleHost,
];

export function judges(check: HostCheck, member: RoleHost, cases: Case[]): void {
  describe(check.id, () => {
    test.each(cases)('%s', (_name, output, status, message, other) => {
      const found = [check.judge(output, other ?? member, aStack())].flat();
      // of checks of several things the last one is the case, the others are fine
      expect(found.at(-1)).toMatchObject({ status, message: expect.stringMatching(message) });
      for (const rest of found.slice(0, -1)) expect(rest.status).toBe('pass');
    });
  });
}
