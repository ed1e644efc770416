// Gateways that a run leaves out learn the web UI's key all the same, live: it would be refused by them otherwise.
import { HxError } from '../../errors.js';
import type { Run } from '../../run.js';
import { story } from '../../ui/listr.js';
import { closeAll, connectAll, type Fleet, fleetOf } from '../fleet.js';
import { follow, throwFailed } from '../keys/live.js';

/** Throws when one of them cannot be told. */
export async function tellGateways(fleet: Fleet, run: Run): Promise<void> {
  const here = new Set(fleet.hosts.map((h) => h.name));
  const names = [...new Set(fleet.stack.webuis.map((w) => w.gateway))].filter((name) => !here.has(name));
  if (names.length === 0) return;
  const everywhere = { ...run, limit: names.join(',') };
  const gateways = fleetOf(fleet.inventory.again(), everywhere, ['gateway']);
  const work = async (_: object, { say }: { say: (text: string) => void }) => {
    await connectAll(gateways, everywhere);
    const lost = gateways.hosts.flatMap((h) => h.error ?? []);
    if (lost[0]) throw lost[0];
    const keys = gateways.stack.webuis.flatMap(({ key }) => key ?? []);
    if (keys.length === 0)
      throw new HxError({ code: 'inventory', message: 'the key is not in the inventory' });
    const proven = { accepted: keys, refused: [], metrics: false };
    throwFailed(await follow(gateways, everywhere, 'webui', proven, say), 'hxllm webui');
  };
  try {
    await story([{ title: 'Make its key known on the gateways', run: work }], {}, run);
  } finally {
    closeAll(gateways);
  }
}
