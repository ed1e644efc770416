// The story of `backup list`: the snapshots of each host, read from its repository by the host itself.
import { type Exit, worstExit } from '../../errors.js';
import type { Run } from '../../run.js';
import { table } from '../../ui/table.js';
import { connectAll, type Fleet } from '../fleet.js';
import { askEach, backedUp, call, errorJson, errorText } from './hosts.js';
import { prepare } from './prepare.js';

interface Snapshot {
  snapshot: string;
  made: string;
  paths: string[];
}

/** Newest first within a host. Exit 4 when a host was not reached, 1 when its repository was not read. */
export async function listBackups(
  fleet: Fleet,
  run: Run,
): Promise<{ text: string; json: object; exit: Exit }> {
  const hosts = backedUp(fleet);
  await connectAll({ ...fleet, hosts: hosts.map((h) => h.entry) }, run);
  const { answers, errors } = await askEach('Ask the hosts', hosts, run, async (host, say) => {
    await prepare(host.entry, run, say);
    return call<Snapshot[]>(host, 'snapshots', {}, run, say);
  });
  const all = [...answers].flatMap(([host, snapshots]) =>
    snapshots
      .map(({ snapshot, made }) => ({ host, snapshot, made: new Date(made).toISOString() }))
      .sort((a, b) => b.made.localeCompare(a.made)),
  );
  const rows = all.map(({ host, snapshot, made }) => [host, snapshot, made.replace(/\.\d+Z$/, 'Z')]);
  const found = rows.length > 0 ? table(['host', 'snapshot', 'made'], rows) : 'no snapshots';
  return {
    text: [found, ...[...errors.values()].map(errorText)].join('\n'),
    json: {
      snapshots: all,
      errors: [...errors].map(([host, error]) => ({ host, ...errorJson(error) })),
    },
    exit: worstExit([...errors.values()].map((e) => e.exitCode)),
  };
}
