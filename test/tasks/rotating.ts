// Gateways that take their keys from a file on this machine, and a rotation there that can be killed before each of its effects.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HxError } from '../../src/errors.js';
import { KeyFile } from '../../src/inventory/key-file.js';
import { Vault } from '../../src/inventory/vault/vault.js';
import { Masker, Secret } from '../../src/secret.js';
import type { Gateways } from '../../src/tasks/keys/gateways.js';
import { type Phase, Rotation } from '../../src/tasks/rotate-key/rotation.js';
import { story } from '../../src/ui/listr.js';
import { folder } from '../inventory/folder.js';

export const OLD = 'sk-old';
export const NEW = 'sk-new';
export const TEXT = `# head\nk: ${OLD} # the key\nother: 1\n`;
export const HOSTS = ['gw1', 'gw2'];

/** A file on this machine, and gateways that take from it what a deploy would give them. */
export class World implements Gateways {
  readonly path = join(folder({ 'vars.yml': TEXT }), 'vars.yml');
  readonly accepted = new Map<string, Map<string, number>>(HOSTS.map((h) => [h, new Map([[OLD, Infinity]])]));
  clock = 1_700_000_000_000;
  /** What happened, and what it is killed before; `lost` hosts are not reached. */
  log: string[] = [];
  killAt: number | undefined;
  lost = new Set<string>();
  /** At this many syncs of one host, gw2 is lost: before it took the keys, or after. */
  losesAt: number | undefined;
  takesFirst = false;
  handed: string[] = [];
  /** Why nobody can be handed a key. */
  refuses: HxError | undefined;

  file = () => new KeyFile(this.path, 'k', new Vault([], new Masker()));
  text = () => readFileSync(this.path, 'utf8');
  /** Gateways on which a key is accepted. */
  who = (key: string) => HOSTS.filter((h) => (this.accepted.get(h)?.get(key) ?? 0) * 1000 > this.clock);

  #point(what: string): void {
    if (this.log.length === this.killAt) throw new Error('killed');
    this.log.push(what);
  }
  async reach(): Promise<void> {
    this.#point('reach');
    this.#lose();
  }
  async sync(): Promise<void> {
    this.#point('sync');
    for (const host of HOSTS) {
      this.#point(`sync ${host}`);
      const isLost = this.lost.has(host);
      if (this.log.filter((l) => l.startsWith('sync gw')).length === this.losesAt) this.lost.add('gw2');
      if (this.takesFirst ? !isLost : !this.lost.has(host)) this.accepted.set(host, this.#wanted());
    }
    this.#lose();
  }
  async prove({ accepted, refused }: { accepted: Secret[]; refused: Secret[] }): Promise<void> {
    this.#point('prove');
    this.#lose();
    const wrong =
      accepted.some((k) => this.who(k.reveal()).length < HOSTS.length) ||
      refused.some((k) => this.who(k.reveal()).length > 0);
    if (wrong) throw new HxError({ code: 'check', message: 'not as it should be' });
  }
  #lose(): void {
    if (this.lost.size > 0) throw new HxError({ code: 'unreachable', message: 'gw2 is away' });
  }
  #wanted(): Map<string, number> {
    const { key, previous, until = Infinity } = this.file().state();
    const isOver = until * 1000 <= this.clock;
    return new Map([
      [key.reveal(), Infinity],
      ...(previous && !isOver ? [[previous.reveal(), until] as const] : []),
    ]);
  }

  rotation(grace?: number, signal = new AbortController().signal): Rotation {
    const file = this.file();
    const told = {
      file: this.path,
      variable: 'k',
      state: () => file.state(),
      begin: (fresh: Secret) => this.#write('begin', () => file.begin(fresh)),
      end: (until: number | undefined) => this.#write('end', () => file.end(until)),
      finish: () => this.#write('finish', () => file.finish()),
    };
    const take = async (key: Secret) => {
      this.#point('take');
      if (this.refuses) throw this.refuses;
      this.handed.push(key.reveal());
    };
    return new Rotation({
      file: told,
      gateways: this,
      consumers: [{ name: 'ui', take }],
      fresh: new Secret(NEW),
      grace,
      signal,
      // time runs while it waits
      now: () => (this.clock += 200),
    });
  }
  /** A kill comes before a step of the file, or right after it. */
  #write(what: string, work: () => void): void {
    this.#point(what);
    work();
    this.#point(`${what} done`);
  }

  async run(grace?: number): Promise<{ error?: unknown; phase: Phase }> {
    const rotation = this.rotation(grace);
    const options = {
      mode: 'silent',
      signal: new AbortController().signal,
      masker: new Masker(),
      parallel: 2,
    } as const;
    try {
      await story(rotation.steps(), {}, options);
      return { phase: rotation.phase };
    } catch (error) {
      return { error, phase: rotation.phase };
    }
  }
}
