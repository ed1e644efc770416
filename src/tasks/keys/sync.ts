// Makes the keys of gateways be those of the inventory, live: nothing is started again and nothing else is changed.
import { hostname, userInfo } from 'node:os';
import { apply } from '../../engine/apply.js';
import { probeScript, readFacts } from '../../engine/facts.js';
import { isEmpty, planOf } from '../../engine/plan.js';
import { HxError } from '../../errors.js';
import type { Resource } from '../../resources/kind.js';
import { mapLimit } from '../../retry.js';
import type { Run } from '../../run.js';
import type { Fleet, FleetHost } from '../fleet.js';
import { resourcesOf } from '../look.js';
import type { Outcome } from '../outcome.js';
import { runId } from '../roll-out.js';

const PROBE_MS = 60_000;
/** A gateway that hxllm has not deployed yet has no place for keys. */
const DEPLOYED = { name: 'deployed', script: '[ ! -L /etc/litellm/current ] || echo yes' };

/**
 * All gateways of the fleet, side by side, each under its lock and with a record that gives the reason. Nothing is
 * thrown for a host; what became of each is returned. The connections must be there (`connectAll`).
 */
export async function syncKeys(
  fleet: Fleet,
  run: Run,
  reason: string,
  say: (text: string) => void,
): Promise<Outcome[]> {
  const id = runId();
  const gateways = fleet.hosts.filter((h) => h.members.some((m) => m.role === 'gateway'));
  const outcomes: Outcome[] = [];
  await mapLimit(gateways, run.parallel, async (entry) => {
    const { name: host } = entry;
    try {
      const state = await syncOne(entry, run, { id, reason }, (text) => say(`${host}: ${text}`));
      outcomes.push({ host, state });
    } catch (error) {
      if (!(error instanceof HxError)) throw error;
      outcomes.push({ host, state: 'failed', error });
    }
  });
  return gateways.flatMap(({ name }) => outcomes.find((o) => o.host === name) ?? []);
}

async function syncOne(
  entry: FleetHost,
  run: Run,
  about: { id: string; reason: string },
  say: (text: string) => void,
): Promise<Outcome['state']> {
  const { session, name: where } = entry;
  if (!session) throw entry.error ?? new Error(`${where} was not connected to`);
  const resources: Resource[] = resourcesOf(entry).filter((r) => r.kind === 'keys');
  const options = { timeoutMs: PROBE_MS, signal: run.signal };
  const { stdout } = await session.run(probeScript(resources, [DEPLOYED]), options);
  const facts = readFacts(where, stdout, resources);
  if (!facts.extra.get(DEPLOYED.name)?.includes('yes'))
    throw new HxError({
      code: 'host-failed',
      where,
      message: 'this gateway is not deployed yet',
      hint: `hxllm deploy --limit ${where}`,
    });
  const plan = planOf(where, resources, facts);
  const changes = { ...plan, handlers: [] };
  if (isEmpty(changes)) return 'unchanged';
  const by = `${userInfo().username}@${hostname()}`;
  const lockWait = Math.ceil(run.lockWaitMs / 1000);
  const prove = async () => {};
  await apply(session, changes, { ...about, by, lockWait }, { say, signal: run.signal, prove });
  return 'changed';
}
