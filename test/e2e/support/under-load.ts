// Changes of the shared lab under load: requests at a steady rate and long streams, through fronts of its backends that can be slow.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { poll } from '../../../src/retry.js';
import type { Ran } from '../../support/cli.js';
import type { Lab } from '../../support/lab.js';
import { type Load, type Loaded, load } from '../../support/load.js';
import { type SlowOllama, slowOllama } from '../../support/slow-ollama.js';
import { RATE } from './full.js';
import { BACKENDS, GATEWAY, masterKey } from './stack.js';
import { temporary } from './temporary.js';

/** Backends are other machines: here they share the cores of the gateway, and renice reaches one thread only. */
const BEHIND = `d=/run/systemd/system/ollama.service.d; mkdir -p $d
printf '[Service]\\nNice=15\\n' > $d/behind.conf; systemctl daemon-reload; systemctl restart ollama`;

/** Requests without which a measurement says nothing. */
export const LEAST = 20;

export interface Change {
  what: string;
  /** Variables that are given another value: they stay so for the next changes. */
  vars(under: UnderLoad): Record<string, unknown>;
  /** Seconds of the streams that are started just before it. */
  streams?: number[];
}

const MODEL = { name: 'phi3-3.8b', provider: 'ollama', model: 'phi3:3.8b' };

/** The first one brings the fronts, without which no stream is slow. */
export const CHANGES: Record<'members' | 'environment' | 'model' | 'version' | 'number' | 'option', Change> =
  {
    members: {
      what: 'other members of a set of backends',
      vars: ({ fronts }) => ({ litellm_backends: fronts.map(({ url }) => url) }),
    },
    environment: {
      what: 'a changed environment value',
      vars: () => ({ litellm_environment: { HX_NOTE: 'changed' } }),
      streams: [60, 20],
    },
    model: {
      what: 'a new model',
      vars: () => ({
        litellm_models: [MODEL, { name: 'qwen3', provider: 'ollama', model: 'qwen3:0.6b' }],
        ollama_models: ['phi3:3.8b', 'qwen3:0.6b'],
      }),
      streams: [20],
    },
    version: {
      what: 'another version of LiteLLM',
      vars: () => ({ litellm_version: '1.105.3' }),
      streams: [60],
    },
    number: {
      what: 'another number of backends',
      vars: ({ real }) => ({ litellm_backends: real.slice(0, 1) }),
      streams: [20],
    },
    option: {
      what: 'a changed option of HAProxy, and one backend more',
      vars: ({ real }) => ({ litellm_backend_timeout: 5, litellm_backends: real }),
    },
  };

export class UnderLoad {
  fronts: SlowOllama[] = [];
  running: Load | undefined;
  key = '';
  wanted: Record<string, unknown> = {};
  readonly #file = join(temporary('vars'), 'vars.json');

  constructor(readonly lab: Lab) {}

  /** The backends themselves, as the gateway reaches them. */
  get real(): string[] {
    return BACKENDS.map((host) => `http://${this.lab.fqdn(host)}:11434`);
  }

  /** Fronts on the control node, and a load that begins. */
  async start(): Promise<void> {
    const control = new URL(this.lab.registry).hostname;
    const fronts = BACKENDS.map((host) => slowOllama(control, `http://${this.lab.address(host)}:11434`));
    this.fronts = await Promise.all(fronts);
    for (const host of BACKENDS) await this.lab.ssh(host, BEHIND);
    this.wanted = { ollama_allowed_networks: [control] };
    const { code, stderr } = await this.hxllm('deploy', '--yes', '--role', 'backend');
    if (code !== 0) throw new Error(`the fronts may not come to the backends: ${stderr}`);
    this.key = await masterKey(this.lab);
    this.load();
  }

  load(tls?: { ca: string; servername: string }): Load {
    const url = `${tls ? 'https' : 'http'}://${this.lab.address(GATEWAY)}:4000`;
    const key = () => this.key;
    const bounds = { perSecond: RATE, forMs: 1_200_000 };
    this.running = load({ url, model: MODEL.name, key, ...bounds, ...(tls ? { tls } : {}) });
    return this.running;
  }

  /** hxllm with all that was changed. */
  hxllm(...args: string[]): Promise<Ran> {
    writeFileSync(this.#file, JSON.stringify(this.wanted));
    return this.lab.hxllm([...args, '-e', `@${this.#file}`]);
  }

  /** The figures are those from its beginning to its end. */
  async change({ vars, streams = [] }: Change, ...args: string[]): Promise<Ran & { load: Loaded }> {
    Object.assign(this.wanted, vars(this));
    return this.measured(() => {
      for (const seconds of streams) this.running?.stream(seconds);
      return this.hxllm('deploy', '--yes', ...args);
    });
  }

  async measured<T>(work: () => Promise<T>): Promise<T & { load: Loaded }> {
    if (!this.running) throw new Error('there is no load');
    await this.running.lap();
    const before = this.running.seen.length;
    const done = await work();
    // what is over at once is measured together with the moments after it
    const enough = async () => (this.running?.seen.length ?? 0) - before > LEAST || undefined;
    await poll(enough, { timeoutMs: 60_000 });
    return { ...done, load: await this.running.lap() };
  }

  async stop(): Promise<void> {
    await this.running?.stop();
    await Promise.all(this.fronts.map((front) => front.close()));
  }
}

export function figures(what: string, { sent, failed, longestGapMs, streams, cut }: Loaded): string {
  return `${what}: ${sent} sent, ${failed.length} failed, longest gap ${longestGapMs} ms, ${streams} long streams, ${cut.length} cut`;
}
