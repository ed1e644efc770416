// The journals of the hosts as one: what there is in the order of time, then, when it is followed, what comes.
import { unitsOf } from '../../checks/units.js';
import { EXIT, type Exit, HxError, worstExit } from '../../errors.js';
import type { Inventory } from '../../inventory/types.js';
import type { Run } from '../../run.js';
import { closeAll, connectAll, type FleetHost, fleetOf } from '../fleet.js';
import { type Asked, HostJournal, type Tell } from './journal.js';
import { type Line, merged, Window } from './order.js';
import { journalTime } from './time.js';

export interface LogsOptions {
  /** Default: those of the host's roles. */
  units?: string[] | undefined;
  since?: string | undefined;
  until?: string | undefined;
  grep?: string | undefined;
  /** Per host. */
  lines?: number | undefined;
  follow: boolean;
}

/** An entry of a slower host may come so much later and is still in its place. */
const WINDOW_MS = 400;
/** As `journalctl` and `journalctl -f` of the guide do. */
const LINES = { whole: 50, follow: 10 };

export interface Shown {
  /** The hosts in their order, before the first line. */
  hosts(names: string[]): void;
  lines(lines: Line[]): void;
  tell: Tell;
}

/** Exit 4 when a host was not reached or was lost; when it is followed it goes on until it is interrupted. */
export async function logs(
  inventory: Inventory,
  options: LogsOptions,
  run: Run,
  shown: Shown,
): Promise<Exit> {
  const asked = askedFor(options);
  const fleet = fleetOf(inventory, run);
  shown.hosts(fleet.hosts.map(({ name }) => name));
  try {
    await connectAll(fleet, run);
    const began = Date.now();
    const journals = fleet.hosts.map(
      (host) => new HostJournal(host, { ...asked, units: options.units ?? units(host) }, run),
    );
    const whole = journals.map((one) => one.whole());
    const count = await inBatches(shown, (give) => merged(whole, give));
    run.signal.throwIfAborted();
    for (const { error } of journals) {
      if (!error) continue;
      if (error.exitCode !== EXIT.unreached) throw error;
      shown.tell(error.message);
    }
    if (count === 0 && !options.follow) shown.tell('no such entry in these journals');
    if (options.follow) await follow(journals, began, shown);
    const errors = journals.flatMap(({ error }) => (error ? [error] : []));
    return worstExit([EXIT.done, ...errors.map(({ exitCode }) => exitCode)]);
  } finally {
    closeAll(fleet);
  }
}

function askedFor({ since, until, grep, lines, follow }: LogsOptions): Omit<Asked, 'units'> {
  if (grep?.includes('\n'))
    throw new HxError({ code: 'usage', message: '--grep takes a pattern of one line' });
  const count = lines ?? (since === undefined ? LINES[follow ? 'follow' : 'whole'] : undefined);
  return {
    ...(since === undefined ? {} : { since: journalTime(since, '--since') }),
    ...(until === undefined ? {} : { until: journalTime(until, '--until') }),
    ...(count === undefined ? {} : { lines: count }),
    ...(grep === undefined ? {} : { pattern: grep }),
  };
}

/** What a host's roles run: litellm, its standby and haproxy, ollama, open-webui. */
const units = ({ members }: FleetHost) => [...new Set(members.flatMap((member) => journalUnits(member)))];

const journalUnits = (member: FleetHost['members'][number]) =>
  member.role === 'gateway' ? [...unitsOf(member), 'litellm-standby.service'] : unitsOf(member);

/** Lines are printed some hundreds at a time: masking and writing each alone would take most of the time. */
async function inBatches(shown: Shown, work: (give: (line: Line) => void) => Promise<void>): Promise<number> {
  let batch: Line[] = [];
  let count = 0;
  const flush = () => {
    if (batch.length > 0) shown.lines(batch);
    batch = [];
  };
  try {
    await work((line) => {
      count++;
      if (batch.push(line) >= 500) flush();
    });
  } finally {
    flush();
  }
  return count;
}

async function follow(journals: HostJournal[], began: number, shown: Shown): Promise<void> {
  const window = new Window(WINDOW_MS);
  const print = (lines: Line[]) => lines.length > 0 && shown.lines(lines);
  const timer = setInterval(() => print(window.due(Date.now())), WINDOW_MS / 4);
  const add = (line: Line) => window.add(line, Date.now());
  try {
    await Promise.all(journals.map((one) => one.follow(began, add, shown.tell)));
  } finally {
    clearInterval(timer);
    print(window.rest());
  }
}
