// Reading the hosts of a run, each once, and from where they come to those that have a filter.
import { messageOf } from '../errors.js';
import { FILTER, type SeenFilter } from '../resources/filter.js';
import { unknownOf } from '../resources/rules.js';
import { namesFor, readWays, type Ways, waysScript } from '../roles/filter.js';
import type { Run } from '../run.js';
import { type Member, membersOf } from '../stack/stack.js';
import { beginConnecting, connectHost, type Fleet, type FleetHost } from './fleet.js';
import { type LookOptions, type Read, read } from './look.js';

interface Known {
  ways(host: string): Ways | undefined;
  notes: string[];
}

/** A host waits for others to have been read; so nothing of it may wait for a place in a list of the hosts. */
export class Reading {
  readonly #connected: Promise<void>;
  readonly #members: Member[];
  readonly #reads = new Map<string, Promise<Read>>();
  readonly #away = new Map<string, Promise<Ways>>();

  constructor(
    private readonly fleet: Fleet,
    private readonly run: Run,
    private readonly options: LookOptions,
  ) {
    this.#members = membersOf(fleet.stack);
    this.#connected = beginConnecting(fleet, run);
  }

  /** Throws why it could not be read. */
  of(entry: FleetHost): Promise<Read> {
    const known = this.#reads.get(entry.name);
    if (known) return known;
    const reading = this.#connected.then(() =>
      read(entry, this.run, this.fleet.stack, {
        ...this.options,
        names: namesFor(entry.name, this.#members),
      }),
    );
    this.#reads.set(entry.name, reading);
    return reading;
  }

  /** From where those come who must come to a host. One that is not in the run is asked when its host has no word of it. */
  async waysTo({ entry, facts }: Read): Promise<Known> {
    const openings = entry.members[0]?.openings ?? [];
    const kept = (facts.seen.get('filter')?.get(FILTER) as SeenFilter | undefined)?.text ?? '';
    const strangers = new Set(unknownOf(openings, kept).map(({ host }) => host.name));
    const ways = new Map<string, Ways>();
    const notes: string[] = [];
    const coming = openings.flatMap(({ hosts }) => hosts);
    // side by side: one that is away keeps nobody waiting for the next
    for (const { name } of coming)
      if (strangers.has(name) && !this.fleet.hosts.some((h) => h.name === name))
        this.#askAway(name).catch(() => {}); // what it says is met below
    for (const { name, to } of coming) {
      const here = this.fleet.hosts.find((h) => h.name === name);
      let why = `it does not find ${to.join(' or ')}`;
      try {
        if (here) ways.set(name, (await this.of(here)).ways);
        else if (strangers.has(name)) ways.set(name, await this.#askAway(name));
      } catch (error) {
        this.run.signal.throwIfAborted();
        why = messageOf(error).split('\n')[0] as string;
      }
      if (strangers.has(name) && !to.some((one) => ways.get(name)?.has(one)))
        notes.push(`${entry.name}: its filter waits for ${name} to say from where it comes: ${why}`);
    }
    return { ways: (name) => ways.get(name), notes };
  }

  #askAway(name: string): Promise<Ways> {
    const known = this.#away.get(name);
    if (known) return known;
    const asking = this.#ask(name);
    this.#away.set(name, asking);
    return asking;
  }

  async #ask(name: string): Promise<Ways> {
    const host = this.#members.find((member) => member.name === name)?.host;
    if (!host) throw new Error('it is not in the inventory');
    const entry: FleetHost = { name, host, members: [] };
    await connectHost(entry, this.run);
    if (!entry.session) throw entry.error ?? new Error('no connection');
    try {
      const script = waysScript(namesFor(name, this.#members));
      return readWays((await entry.session.run(script, { signal: this.run.signal })).stdout);
    } finally {
      entry.session.close();
    }
  }
}
