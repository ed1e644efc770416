// The story of `--remove`: look, show what goes and what stays, ask, take it away; what stays on the host is proven.
import { isEmpty } from '../engine/plan.js';
import { EXIT, type Exit, HxError } from '../errors.js';
import type { Refusal } from '../resources/kind.js';
import { PROBE_ROUTES, routesOf } from '../roles/gateway/routes.js';
import type { Run } from '../run.js';
import { isAt } from '../stack/backends.js';
import { closeAll, connectAll, type Fleet, type FleetHost } from './fleet.js';
import { exitOf, outcomesJson, outcomesText } from './outcome.js';
import { lookAll, planReport } from './plan.js';
import { applyAll } from './roll-out.js';

export interface RemoveOptions {
  /** Only the plan. */
  check: boolean;
  full: boolean;
  print(text: string): void;
  confirm(question: string): Promise<boolean>;
}

/** `fleet` has hosts that something is to leave. */
export async function removeRoles(
  fleet: Fleet,
  run: Run,
  { check, full, print, confirm }: RemoveOptions,
): Promise<{ json: object; exit: Exit }> {
  await refuseUsed(fleet, run);
  const looked = await lookAll(fleet, run, { mend: !check });
  const report = planReport(looked, { full });
  print(report.text);
  const changing = looked.looks.filter((l) => !isEmpty(l.plan)).map((l) => l.entry.name);
  const refused = looked.looks.some((l) => l.plan.refused.length > 0);
  if (check || refused || changing.length === 0) return report;
  const roles = fleet.hosts[0]?.leaving?.roles.join(' and ');
  if (!(await confirm(`Remove ${roles} from ${changing.join(', ')}?`)))
    return { ...report, exit: EXIT.pending };
  const options = { skipUnreachable: false, title: 'Change the hosts', reason: () => `remove ${roles}` };
  const outcomes = await applyAll(looked, run, options);
  print(outcomesText(outcomes));
  return { json: { ...report.json, outcomes: outcomesJson(outcomes) }, exit: exitOf(outcomes) };
}

/** What the gateways do counts, not only what the inventory says: it may not be deployed yet. */
async function refuseUsed(fleet: Fleet, run: Run): Promise<void> {
  const leaving = fleet.hosts.filter((h) => h.leaving?.roles.includes('backend'));
  const gateways = fleet.stack.gateways.map(
    (member): FleetHost => ({ name: member.name, host: member.host, members: [member] }),
  );
  if (leaving.length === 0 || gateways.length === 0) return;
  const asked: Fleet = { ...fleet, hosts: gateways };
  try {
    await connectAll(asked, run);
    for (const gateway of gateways) {
      const refusal = await routing(gateway, run);
      for (const { host, leaving: from } of leaving) {
        const found = refusal((address) => isAt(host, address));
        if (found && from?.refused.length === 0) from.refused = [...from.refused, found];
      }
    }
  } finally {
    closeAll(asked);
  }
}

async function routing(
  { name, session, error }: FleetHost,
  run: Run,
): Promise<(is: (address: string) => boolean) => Refusal | undefined> {
  const hint = `hxllm deploy --limit ${name}`;
  if (!session) {
    const message = `gateway ${name} cannot be asked whether it uses it: ${error?.message}`;
    return () => ({ message, hint: 'reach it, or take it out of the inventory' });
  }
  const { stdout } = await session.run(PROBE_ROUTES, { signal: run.signal });
  const addresses = routesOf(stdout);
  if (!addresses)
    throw new HxError({ code: 'host-failed', where: name, message: 'its routes could not be read', hint });
  return (is) => (addresses.some(is) ? { message: `gateway ${name} still uses it`, hint } : undefined);
}
