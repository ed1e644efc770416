// The gateways while keys change: given the inventory's keys, and asked from outside and on LiteLLM's own port what they accept.
import { HxError, messageOf, together } from '../../errors.js';
import { mapLimit, poll, sleep } from '../../retry.js';
import type { Run } from '../../run.js';
import type { Secret } from '../../secret.js';
import { ask, type Service } from '../../services/http.js';
import { describe } from '../../services/litellm.js';
import type { Session } from '../../ssh/types.js';
import { LITELLM_PORT } from '../../stack/places.js';
import type { GatewayHost } from '../../stack/stack.js';
import { type OpenAccess, openAccess } from '../access.js';
import { closeAll, connectAll, type Fleet, type FleetHost, gatewaysOf, readAgain } from '../fleet.js';
import { syncKeys } from './sync.js';

type Say = (text: string) => void;

/** Whom it is about. */
export interface About {
  /** Names of the gateways that know the key. */
  gateways: readonly string[];
  /** The key may read the metrics and nothing else. */
  metrics: boolean;
  /** The command line that finishes it: `hxllm rotate-key --client alice`. */
  command: string;
}

/** What a rotation asks of them. */
export interface Gateways {
  /** Throws HxError `unreachable` when one is not reached. */
  reach(say: Say): Promise<void>;
  /** Makes all accept the keys that the inventory's files say now. Throws what went wrong on one. */
  sync(what: string, say: Say): Promise<void>;
  /** Throws HxError `check` for a key that is not treated so by one of them. */
  prove(keys: { accepted: Secret[]; refused: Secret[] }, say: Say): Promise<void>;
}

/** How a key is tried: `port 4000`, and where that is from here. */
interface Way extends Pick<Service, 'url' | 'fetch'> {
  name: string;
}

const ALIVE_MS = 10_000;
/** A wrong answer must stay wrong for so long; no answer is none: a busy gateway gets more time. */
const SETTLE_MS = 5_000;
const PATIENCE_MS = 90_000;

export class LiveGateways implements Gateways {
  #fleet: Fleet;

  constructor(
    private readonly first: Fleet,
    private readonly run: Run,
    private readonly about: About,
  ) {
    this.#fleet = first;
  }

  async reach(say: Say): Promise<void> {
    const { signal, parallel } = this.run;
    await mapLimit(this.#fleet.hosts, parallel, async (entry) => {
      try {
        await entry.session?.run('true', { timeoutMs: ALIVE_MS, signal });
      } catch {
        signal.throwIfAborted();
        entry.session?.close();
        delete entry.session;
      }
    });
    const lost = this.#fleet.hosts.filter((h) => !h.session);
    for (const entry of lost) delete entry.error;
    await connectAll({ ...this.#fleet, hosts: lost }, this.run, ({ name }) => say(name));
    const lostAgain = together(this.#fleet.hosts.flatMap((h) => h.error ?? []));
    if (lostAgain) throw lostAgain;
  }

  async sync(what: string, say: Say): Promise<void> {
    this.#fleet = readAgain(this.#fleet, this.run, ['gateway']);
    if (this.#fleet.hosts.some((h) => !h.session)) await this.reach(say);
    const reason = `${this.about.command.replace(/^hxllm /, '')}: ${what}`;
    const outcomes = await syncKeys(this.#fleet, this.run, reason, say);
    this.run.signal.throwIfAborted();
    const failed = together(outcomes.flatMap((o) => o.error ?? []));
    if (failed) throw failed;
  }

  async prove(keys: { accepted: Secret[]; refused: Secret[] }, say: Say): Promise<void> {
    const asked = gatewaysOf(this.#fleet).filter(([g]) => this.about.gateways.includes(g.name));
    for (const [gateway, entry] of asked) {
      say(
        `${gateway.name}: asking with ${keys.refused.length > 0 ? 'the old and the new key' : 'both keys'}`,
      );
      try {
        await this.#proveOne(gateway, entry, keys);
      } catch (error) {
        this.run.signal.throwIfAborted();
        // that nobody answers is no proof of anything when the host is away
        await this.reach(say);
        throw error;
      }
    }
  }

  async #proveOne(
    gateway: GatewayHost,
    { session }: FleetHost,
    { accepted, refused }: { accepted: Secret[]; refused: Secret[] },
  ): Promise<void> {
    if (!session) throw new Error('a proof without a session');
    const access = await this.#access(gateway, session);
    const own = await session.tunnel('127.0.0.1', LITELLM_PORT);
    const outside = access.through === 'direct' ? gateway.baseUrl : `port ${gateway.bindPort}`;
    const ways: Way[] = [
      { name: outside, url: access.url, fetch: access.fetch },
      { name: `LiteLLM's own port ${LITELLM_PORT}`, url: `http://127.0.0.1:${own.port}` },
    ];
    try {
      for (const way of ways) {
        for (const key of accepted) await this.#is(session, way, key, true);
        for (const key of refused) await this.#is(session, way, key, false);
      }
    } finally {
      own.close();
      access.close();
    }
  }

  async #is(session: Session, { name, ...service }: Way, key: Secret, wanted: boolean): Promise<void> {
    const { signal } = this.run;
    const began = Date.now();
    let wrongSince: number | undefined;
    for (;;) {
      let said: string;
      try {
        const answer = await ask({ ...service, key, signal }, '/v1/models', { timeoutMs: 15_000 });
        if (wanted ? this.#accepts(answer.status) : refuses(answer)) return;
        said = describe(answer);
        wrongSince ??= Date.now();
      } catch (error) {
        await this.#alive(session);
        said = messageOf(error).replace(`${service.url} `, '');
      }
      if (Date.now() > Math.min((wrongSince ?? Infinity) + SETTLE_MS, began + PATIENCE_MS)) {
        const what = wanted ? 'does not accept the key' : 'still accepts the old key, or does not say';
        throw new HxError({ code: 'check', where: session.name, message: `${name} ${what}: ${said}` });
      }
      await sleep(250, signal);
    }
  }

  /** From outside, as clients come. */
  async #access(gateway: GatewayHost, session: Session): Promise<OpenAccess> {
    const { signal } = this.run;
    const open = async () => {
      const access = await openAccess(gateway, this.#fleet.stack, session, { signal });
      if (access.through !== 'nothing') return access;
      return void (await this.#alive(session));
    };
    const access = await poll(open, { timeoutMs: PATIENCE_MS, everyMs: 500, signal });
    if (access) return access;
    const message = `nothing answers at ${gateway.baseUrl}, nor on port ${gateway.bindPort} of the host`;
    throw new HxError({ code: 'check', where: gateway.name, message, hint: 'hxllm verify' });
  }

  /** Nobody answers: throws when that is because the host is away. */
  async #alive(session: Session): Promise<void> {
    await session.run('true', { timeoutMs: ALIVE_MS, signal: this.run.signal });
  }

  /** A key for the metrics alone is known when it is told that it may not do this. */
  #accepts(status: number): boolean {
    return status === 200 || (this.about.metrics && status === 403);
  }

  close(): void {
    closeAll(this.first);
    closeAll(this.#fleet);
  }
}

/** 429 is HAProxy's guard against guessing, which only keys meet that are not in its map. */
function refuses(answer: { status: number; text: string }): boolean {
  return answer.status === 401 || (answer.status === 429 && answer.text.includes('too many refused keys'));
}
