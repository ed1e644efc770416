// Which checks run: --only and --skip by id.
import { HxError } from '../errors.js';
import type { HostCheck, StackCheck } from './check.js';
import { CLIENT_IDS, selectClients } from './clients.js';
import { CHECKS } from './index.js';

export interface Selection {
  only?: readonly string[] | undefined;
  skip?: readonly string[] | undefined;
  /** Also checks that leave a trace on the hosts: a temporary user of the web UI. */
  deep?: boolean | undefined;
  /** Also checks that look for causes. */
  doctor?: boolean | undefined;
  /** Clients that are asked besides: `curl`. */
  clients?: readonly string[] | undefined;
}

export function selectChecks(selection: Selection): readonly (HostCheck | StackCheck)[] {
  const { only = [], skip = [], deep = false, doctor = false } = selection;
  const ids = CHECKS.map((check) => check.id);
  const unknown = [...only, ...skip].filter((id) => !ids.includes(id) && !CLIENT_IDS.includes(id));
  if (unknown.length > 0) {
    throw new HxError({
      code: 'usage',
      message: `no check is called ${[...new Set(unknown)].join(', ')}`,
      hint: `checks: ${[...ids, ...CLIENT_IDS].join(', ')}`,
    });
  }
  const isAsked = ({ id, ...check }: HostCheck | StackCheck) =>
    only.length > 0 ? only.includes(id) : (deep || !('deep' in check)) && (doctor || !('doctor' in check));
  const chosen = CHECKS.filter((check) => isAsked(check) && !skip.includes(check.id));
  if (chosen.length > 0 || selectClients(selection).length > 0) return chosen;
  throw new HxError({
    code: 'usage',
    message: '--only and --skip leave no check',
    hint: 'leave one of them out',
  });
}
