// What was done on the hosts, as they remember it themselves.
import { EXIT, type Exit, type HxError, worstExit } from '../errors.js';
import type { Run } from '../run.js';
import { story } from '../ui/listr.js';
import { table } from '../ui/table.js';
import { connectAll, type Fleet } from './fleet.js';

export interface Past {
  host: string;
  /** Sorts by time; the name of the record and of a release. */
  id: string;
  /** user@host of the control node. */
  by: string;
  reason: string;
  /** `done`, or `undone` when it was put back. */
  result: string;
  changes: string[];
  /** The release that it made is the one that serves. */
  current?: true;
}

const RECORDS = `readlink /etc/litellm/current || echo none
cd /var/lib/hxllm/records 2>/dev/null || exit 0
for f in *; do [ -f "$f" ] && printf '%s %s\\n' "$f" "$(cat "$f")"; done
true`;

/** Newest first. A host that is not reached is exit 4; what the others say is shown all the same. */
export async function history(fleet: Fleet, run: Run): Promise<{ text: string; json: object; exit: Exit }> {
  const past: Past[] = [];
  const errors: HxError[] = [];
  const connected = connectAll(fleet, run);
  const ask = async (entry: Fleet['hosts'][number]) => {
    await connected;
    const { session, error, name } = entry;
    if (!session) {
      if (error) errors.push(error);
      throw error;
    }
    past.push(...read(name, (await session.run(RECORDS, { signal: run.signal })).stdout));
  };
  await story(
    [{ title: 'Ask the hosts', each: () => fleet.hosts.map((h) => ({ title: h.name, run: () => ask(h) })) }],
    {},
    run,
  );
  past.sort((a, b) => b.id.localeCompare(a.id) || a.host.localeCompare(b.host));
  const rows = past.map(({ id, host, by, reason, result, changes, current }) => [
    id,
    host,
    reason,
    current ? `${result}, serves` : result,
    by,
    changes.join(', '),
  ]);
  const text =
    rows.length > 0
      ? table(['id', 'host', 'what', 'result', 'by', 'changes'], rows)
      : 'nothing was done here by hxllm';
  const lost = errors.map((error) => error.message);
  return {
    text: [text, ...lost].join('\n'),
    json: { history: past, errors: lost },
    exit: worstExit([EXIT.done, ...errors.map((e) => e.exitCode)]),
  };
}

function read(host: string, text: string): Past[] {
  const [current = '', ...lines] = text.split('\n');
  return lines.filter(Boolean).map((line) => {
    const id = line.slice(0, line.indexOf(' '));
    const {
      by = '',
      reason = '',
      result = 'done',
      changes = [],
    } = JSON.parse(line.slice(id.length)) as Partial<Past>;
    return {
      host,
      id,
      by,
      reason,
      result,
      changes,
      ...(current === `releases/${id}` ? { current: true } : {}),
    };
  });
}
