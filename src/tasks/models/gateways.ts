// The gateways of the backends that a command is about, whatever its --limit; and their deploy when the models have changed.
import { EXIT, type Exit } from '../../errors.js';
import type { Run } from '../../run.js';
import { type DeployOptions, deploy } from '../deploy.js';
import { closeAll, type Fleet, fleetOf } from '../fleet.js';

/** Work with those gateways that may use one of these backends; what was connected to is closed. */
export async function withGateways<T>(fleet: Fleet, work: (gateways: Fleet) => Promise<T>): Promise<T> {
  const here = new Set(fleet.hosts.map(({ name }) => name));
  const all = fleetOf(fleet.inventory, { limit: undefined }, ['gateway']);
  const uses = all.hosts.filter(({ members }) =>
    members.some((m) => m.role === 'gateway' && m.backends.some(({ host }) => host && here.has(host))),
  );
  const gateways = { ...all, hosts: uses };
  try {
    return await work(gateways);
  } finally {
    closeAll(gateways);
  }
}

/** Makes the gateways what the inventory says, without a failed request: a model comes or goes there, too. */
export function followGateways(
  fleet: Fleet,
  run: Run,
  tell: Pick<DeployOptions, 'print' | 'confirm'>,
): Promise<{ json: object; exit: Exit }> {
  return withGateways(fleet, async (gateways) =>
    gateways.hosts.length === 0
      ? { json: {}, exit: EXIT.done }
      : deploy(
          gateways,
          { ...run, limit: undefined },
          { check: false, adopt: false, full: false, skipUnreachable: false, ...tell },
        ),
  );
}
