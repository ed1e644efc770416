// Open WebUI takes a new key of its client: environment file and database, live, and proves it with a chat.
import { hostname, userInfo } from 'node:os';
import type { HostCheck } from '../../checks/check.js';
import { webuiChat } from '../../checks/webui-chat.js';
import { webuiConnection } from '../../checks/webui-connection.js';
import { webuiGateway } from '../../checks/webui-gateway.js';
import { apply } from '../../engine/apply.js';
import { probeScript, readFacts } from '../../engine/facts.js';
import { isEmpty, planOf } from '../../engine/plan.js';
import { HxError } from '../../errors.js';
import type { SeenWebui } from '../../open-webui.js';
import type { Run } from '../../run.js';
import { checkHost } from '../checking.js';
import { closeAll, connectAll, type Fleet, type FleetHost, fleetOf } from '../fleet.js';
import { resourcesOf } from '../look.js';
import { runId } from '../roll-out.js';
import type { Consumer } from '../rotate-key/consumers.js';
import type { Target } from '../rotate-key/target.js';

const PROOF = [webuiConnection, webuiGateway, webuiChat].map((check) => check as HostCheck);

export function webuiConsumers(fleet: Fleet, { name: client, command }: Target, run: Run): Consumer[] {
  return fleet.stack.webuis
    .filter((webui) => webui.client === client)
    .map(({ name }) => ({
      name: `Open WebUI on ${name}`,
      async take(_, say) {
        const only = { ...run, limit: name };
        const there = fleetOf(fleet.inventory.again(), only, ['webui']);
        try {
          await connectAll(there, only);
          await takeOver(there.hosts[0] as FleetHost, there, run, command, say);
        } finally {
          closeAll(there);
        }
      },
    }));
}

async function takeOver(
  entry: FleetHost,
  fleet: Fleet,
  run: Run,
  command: string,
  say: (text: string) => void,
): Promise<void> {
  const { session, name: where, error } = entry;
  if (!session) throw error ?? new Error(`${where} was not connected to`);
  // nothing but where the key stands
  const resources = resourcesOf(entry).filter(
    (r) => r.kind === 'connection' || r.id === '/etc/open-webui/env',
  );
  const { stdout } = await session.run(probeScript(resources), { signal: run.signal, timeoutMs: 60_000 });
  const facts = readFacts(where, stdout, resources);
  const seen = facts.seen.get('connection')?.get('open-webui') as SeenWebui;
  const plan = planOf(where, resources, facts);
  if (plan.refused[0])
    throw new HxError({
      code: 'host-failed',
      where,
      message: plan.refused[0].message,
      hint: plan.refused[0].hint,
    });
  // its database is read anew for each request; what has none yet, or does not heed it, must start again
  const isLive = seen.form === 'new' && seen.persistent;
  const wanted = isLive ? { ...plan, handlers: [] } : plan;
  const prove = async () => {
    const findings = await checkHost(entry, fleet.stack, PROOF, { signal: run.signal, trace: run.trace });
    const [bad] = findings.filter((f) => f.status === 'fail' || f.status === 'unreached');
    if (bad)
      throw new HxError({ code: 'check', where, message: `${bad.check}: ${bad.message}`, hint: bad.hint });
  };
  if (isEmpty(wanted)) return prove();
  const about = {
    id: runId(),
    by: `${userInfo().username}@${hostname()}`,
    reason: command.replace(/^hxllm /, ''),
    lockWait: Math.ceil(run.lockWaitMs / 1000),
  };
  await apply(session, wanted, about, { say, signal: run.signal, prove });
}
