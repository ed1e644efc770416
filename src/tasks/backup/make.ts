// The story of `backup`: each host makes its own, as its timer does at night, and says what became of it.
import { BACKUP_UNIT, type Refused, refusalOf, toldOf } from '../../backup.js';
import { bytes } from '../../bytes.js';
import { type Exit, HxError, worstExit } from '../../errors.js';
import type { Run } from '../../run.js';
import { whole } from '../../shell.js';
import { duration } from '../../ui/duration.js';
import { table } from '../../ui/table.js';
import { connectAll, type Fleet, type FleetHost } from '../fleet.js';
import { askEach, backedUp, errorJson, errorText, runOn } from './hosts.js';

export interface Made {
  snapshot: string;
  /** Of all that is in it. */
  bytes: number;
  /** What was not in the repository before. */
  added: number;
  seconds: number;
}

/** The unit goes on when nobody waits for it any more; one that runs already is waited for. */
const SCRIPT = whole(`u=${BACKUP_UNIT} last=
[ -e /etc/systemd/system/$u ] || { echo '@@ absent true'; exit 1; }
systemctl start $u >/dev/null 2>&1 & p=$!
while kill -0 $p 2>/dev/null; do
  said=$(cat /run/hxllm-backup/said 2>/dev/null)
  [ "$said" = "$last" ] || { last=$said; [ -z "$said" ] || echo "@@ progress \\"$said\\""; }
  sleep 0.5
done
echo "@@ invocation \\"$(systemctl show -p InvocationID --value $u)\\""
[ ! -r /var/lib/hxllm/backup/last.json ] || echo "@@ last $(cat /var/lib/hxllm/backup/last.json)"
journalctl -q -u $u -n 5 --no-pager -o cat`);

export async function makeBackups(
  fleet: Fleet,
  run: Run,
): Promise<{ text: string; json: object; exit: Exit }> {
  const hosts = backedUp(fleet);
  await connectAll({ ...fleet, hosts: hosts.map((h) => h.entry) }, run);
  const { answers, errors } = await askEach('Back the hosts up', hosts, run, async ({ entry }, say) =>
    madeOf(entry, await runOn(entry, SCRIPT, run, say)),
  );
  const rows = [...answers].map(([host, { snapshot, bytes: all, added, seconds }]) => [
    host,
    snapshot,
    bytes(all),
    bytes(added),
    duration(seconds * 1000),
  ]);
  const done = table(['host', 'snapshot', 'size', 'new', 'took'], rows, { right: [2, 3, 4] });
  return {
    text: [...(rows.length > 0 ? [done] : []), ...[...errors.values()].map(errorText)].join('\n'),
    json: {
      hosts: [
        ...[...answers].map(([host, made]) => ({ host, ...made })),
        ...[...errors].map(([host, error]) => ({ host, error: errorJson(error) })),
      ],
    },
    exit: worstExit([...errors.values()].map((e) => e.exitCode)),
  };
}

/** What the run that was waited for says of itself: never what an earlier one left. */
export function madeOf({ name: where }: Pick<FleetHost, 'name'>, output: string): Made {
  const lines = output.split('\n');
  const told = new Map(lines.flatMap((line) => toldOf(line) ?? []).map(({ kind, value }) => [kind, value]));
  if (told.has('absent'))
    throw new HxError({
      code: 'host-failed',
      where,
      message: 'it does not make backups yet',
      hint: 'hxllm deploy',
    });
  const { invocation, refused, snapshot, ...rest } = (told.get('last') ?? {}) as Partial<Made> & {
    invocation?: string;
    refused?: Refused;
  };
  if (invocation && invocation === told.get('invocation')) {
    if (refused) throw refusalOf(where, refused);
    const { bytes = 0, added = 0, seconds = 0 } = rest;
    if (snapshot) return { snapshot, bytes, added, seconds };
  }
  const journal = lines.filter((line) => line && !line.startsWith('@@ '));
  throw new HxError({
    code: 'host-failed',
    where,
    message: `${BACKUP_UNIT} failed\n${journal.slice(-3).join('\n')}`,
    hint: `hxllm logs --limit ${where} --unit hxllm-backup`,
  });
}
