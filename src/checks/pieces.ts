// Host checks as pieces of a host's one script, and its output as findings: for verify, and for the probe of plan and deploy. Pure.
import { messageOf } from '../errors.js';
import type { Finding } from '../finding.js';
import type { Stack } from '../stack/stack.js';
import {
  type Common,
  type HostCheck,
  isHostCheck,
  type Result,
  type RoleHost,
  type StackCheck,
} from './check.js';
import { CHECKS } from './index.js';

export interface Piece {
  /** `units gateway`: the check and the role that it looks at. */
  name: string;
  script: string;
  check: HostCheck;
  member: RoleHost;
}

export const HOST_CHECKS: readonly HostCheck[] = CHECKS.filter(isHostCheck);
export const STACK_CHECKS: readonly StackCheck[] = CHECKS.filter((c): c is StackCheck => !isHostCheck(c));
/** What rides on the probe of plan and deploy: fast, and without effect on anybody. */
export const PROBE_CHECKS: readonly HostCheck[] = HOST_CHECKS.filter((check) => check.probe);

/** The pieces of one host's script; `members` are its entries in the stack. */
export function piecesOf(members: readonly RoleHost[], stack: Stack, checks: readonly HostCheck[]): Piece[] {
  return members.flatMap((member, at) =>
    checks
      .filter(
        ({ role }) =>
          role === member.role ||
          role === 'every' ||
          (role === 'any' && member.role !== 'webui') ||
          (role === 'machine' && at === 0),
      )
      .map((check) => ({
        name: `${check.id} ${member.role}`,
        script: check.script(member, stack),
        check,
        member,
      })),
  );
}

/** Seconds after which the whole script has ended by itself. */
export function secondsOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { check, member }) => sum + (check.seconds?.(member) ?? 30), 0);
}

/** One finding or more per piece. A piece that printed nothing that can be read is a failure, never a pass. */
export function judgePieces(
  pieces: readonly Piece[],
  outputs: ReadonlyMap<string, string>,
  stack: Stack,
): Finding[] {
  return pieces.flatMap(({ name, check, member }) => {
    const output = outputs.get(name);
    if (output === undefined)
      return findingsOf(check, member.name, { status: 'fail', message: 'the check did not run' });
    try {
      return findingsOf(check, member.name, check.judge(output, member, stack));
    } catch (error) {
      return findingsOf(check, member.name, { status: 'fail', message: messageOf(error) });
    }
  });
}

/** A check's results with its id, title, host, and a hint wherever one is due. */
export function findingsOf(check: Common, host: string, results: Result | Result[]): Finding[] {
  return [results].flat().map(({ hint = check.hint, ...result }) => ({
    check: check.id,
    title: check.title,
    host,
    ...result,
    // what a model or a server said goes to a terminal: one line, and nothing that steers it
    message: result.message.replace(/\s+/g, ' ').replace(/[\x00-\x1f\x7f-\x9f]/g, ''),
    ...(result.status === 'pass' || result.status === 'skip'
      ? {}
      : { hint: hint.replace(/\bHOST\b/g, host) }),
  }));
}
