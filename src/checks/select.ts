// Which checks run: --only and --skip by id.
import { HxError } from '../errors.js';
import type { HostCheck, StackCheck } from './check.js';
import { CHECKS } from './index.js';

export function selectChecks({
  only = [],
  skip = [],
  deep = false,
}: {
  only?: readonly string[] | undefined;
  skip?: readonly string[] | undefined;
  /** Also those that leave a trace on the hosts. */
  deep?: boolean | undefined;
}): readonly (HostCheck | StackCheck)[] {
  const ids = CHECKS.map((check) => check.id);
  const unknown = [...only, ...skip].filter((id) => !ids.includes(id));
  if (unknown.length > 0) {
    throw new HxError({
      code: 'usage',
      message: `no check is called ${[...new Set(unknown)].join(', ')}`,
      hint: `checks: ${ids.join(', ')}`,
    });
  }
  const isAsked = ({ id, ...check }: HostCheck | StackCheck) =>
    only.length > 0 ? only.includes(id) : deep || !('deep' in check);
  const chosen = CHECKS.filter((check) => isAsked(check) && !skip.includes(check.id));
  if (chosen.length > 0) return chosen;
  throw new HxError({
    code: 'usage',
    message: '--only and --skip leave no check',
    hint: 'leave one of them out',
  });
}
