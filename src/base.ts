// The base command: one run's masker, signal, inventory and way of printing and failing. Commands import only this and oclif.
import { Command, type Interfaces } from '@oclif/core';
import { EXIT, type Exit, HxError } from './errors.js';
import { commonFlags, normalizeFlags, type SharedFlags } from './flags.js';
import type { Inventory } from './inventory/types.js';
import type { RoleName } from './roles/role.js';
import type { Mode, Run } from './run.js';
import { Masker, type Secret } from './secret.js';
import type { Fleet } from './tasks/fleet.js';
import { dressError, errorJson, exitOf, maskError } from './ui/error.js';
import { Interrupt } from './ui/interrupt.js';

export {
  adoptFlags,
  applyFlags,
  certificateFlags,
  checkFlags,
  hostFlags,
  inventoryFlags,
  modelArgs,
  roleFlags,
} from './flags.js';

type FleetWork = (fleet: Fleet, run: Run) => Promise<{ text?: string; json: object; exit: Exit }>;

export abstract class BaseCommand extends Command {
  static override baseFlags = commonFlags;
  static override enableJsonFlag = true;

  /** Knows every secret of this run; everything printed goes through it. */
  protected readonly masker = new Masker();
  #flags: SharedFlags = {};
  #interrupt: Interrupt | undefined;

  /** Aborted by SIGINT, SIGTERM and SIGHUP. Asking for it takes the signals over: without it they end the process at once. */
  protected get signal(): AbortSignal {
    this.#interrupt ??= new Interrupt();
    return this.#interrupt.signal;
  }

  protected get mode(): Mode {
    if (this.jsonEnabled()) return 'silent';
    const { isTTY, columns } = process.stderr;
    // a terminal that says 0 columns, and the lines of --verbose between the list's, would be unreadable
    const isLive =
      isTTY && columns >= 40 && !process.env.CI && process.env.TERM !== 'dumb' && !this.#flags.verbose;
    return isLive ? 'live' : 'plain';
  }

  /** The inventory that the flags, the environment or ansible.cfg name. Call it after `parse`. */
  protected async inventory(): Promise<Inventory> {
    const flags = this.#flags;
    const { findSources, loadInventory } = await import('./inventory/index.js');
    const prompt = async (label: string) => {
      const { askSecret } = await import('./ui/prompt.js');
      return askSecret(label, { flag: '--vault-password-file', masker: this.masker });
    };
    const inventory = await loadInventory({
      sources: findSources(flags.inventory),
      extraVars: flags['extra-vars'] ?? [],
      vaultPasswordFiles: flags['vault-password-file'] ?? [],
      vaultIds: flags['vault-id'] ?? [],
      askVaultPassword: flags['ask-vault-pass'] ?? false,
      prompt,
      masker: this.masker,
    });
    for (const { where, message } of inventory.warnings) {
      this.logToStderr(`warning: ${where ? `${where}: ` : ''}${message}`);
    }
    return inventory;
  }

  /** What task lists need to know of this run. Asks for the sudo password when -K is given. Call it after `parse`. */
  protected async context(): Promise<Run> {
    const flags = this.#flags;
    const { masker } = this;
    const ask = flags['ask-become-pass'] ? (await import('./ui/prompt.js')).askSecret : undefined;
    return {
      masker,
      mode: this.mode,
      limit: flags.limit,
      parallel: flags.parallel ?? 16,
      timeoutMs: (flags.timeout ?? 10) * 1000,
      serial: flags.serial,
      lockWaitMs: (flags['lock-wait'] ?? 0) * 1000,
      yes: flags.yes ?? false,
      trace: flags.verbose ? (line) => process.stderr.write(`${masker.mask(line)}\n`) : undefined,
      becomePassword: await ask?.('Sudo password', {
        flag: 'ansible_become_password in the inventory',
        masker,
      }),
      signal: this.signal,
    };
  }

  /** True with --yes or when the person says yes; without a terminal it is exit 2. */
  protected async confirm(question: string): Promise<boolean> {
    if (this.#flags.yes) return true;
    const { confirm } = await import('./ui/prompt.js');
    return confirm(question, { flag: '--yes' });
  }

  /** A result, on stdout, masked. Silent with --json: there the value that `run` returns is the result. */
  protected print(text: string): void {
    this.log(text);
  }

  /** How a task talks to who runs it. */
  protected readonly talk = {
    print: (text: string) => this.print(text),
    confirm: (question: string) => this.confirm(question),
  };

  /** Results that come one after the other, on stdout, masked; with --json they are JSON already, one object per line. */
  protected printLines(text: string): void {
    process.stdout.write(`${this.masker.mask(text)}\n`);
  }

  /** The one way by which a secret is printed: the person asked to see it. */
  protected reveal(secret: Secret): void {
    process.stdout.write(`${secret.reveal()}\n`);
  }

  /**
   * Work on the inventory's hosts of these roles; what it connected to is closed. Call it after `parse`. With `connect`
   * the hosts are being connected to when it begins: what it loads first costs no time.
   */
  protected async withFleet(
    roles: readonly RoleName[] | undefined,
    work: FleetWork,
    { connect = false } = {},
  ): Promise<object> {
    const { fleetOf } = await import('./tasks/fleet.js');
    return this.#withHosts((inventory, run) => fleetOf(inventory, run, roles), work, connect);
  }

  /** As withFleet, for hosts that roles are to leave. */
  protected async withLeaving(remove: readonly RoleName[], data: boolean, work: FleetWork): Promise<object> {
    const { leavingFleet } = await import('./tasks/leaving.js');
    return this.#withHosts((inventory, run) => leavingFleet(inventory, run, { remove, data }), work);
  }

  async #withHosts(
    find: (inventory: Inventory, run: Run) => Fleet,
    work: FleetWork,
    connect = false,
  ): Promise<object> {
    const { beginConnecting, closeAll } = await import('./tasks/fleet.js');
    const run = await this.context();
    const fleet = find(await this.inventory(), run);
    try {
      if (connect) await beginConnecting(fleet, run);
      const { text, json, exit } = await work(fleet, run);
      if (text !== undefined) this.print(text);
      this.exitWith(exit);
      return { ...json, exit };
    } finally {
      closeAll(fleet);
    }
  }

  /** Ends the run with this code after everything is printed. */
  protected exitWith(code: Exit): void {
    if (code !== EXIT.done) process.exitCode = code;
  }

  override jsonEnabled(): boolean {
    const { HXLLM_JSON } = process.env;
    return super.jsonEnabled() || (this.ctor.enableJsonFlag && (HXLLM_JSON === '1' || HXLLM_JSON === 'true'));
  }

  override log(message = ''): void {
    if (!this.jsonEnabled()) process.stdout.write(`${this.masker.mask(message)}\n`);
  }

  override logToStderr(message = ''): void {
    if (!this.jsonEnabled()) process.stderr.write(`${this.masker.mask(message)}\n`);
  }

  override warn(input: Error | string): Error | string {
    return super.warn(this.masker.mask(typeof input === 'string' ? input : input.message));
  }

  protected override logJson(json: unknown): void {
    process.stdout.write(`${this.masker.mask(JSON.stringify(json, null, 2))}\n`);
  }

  protected override toSuccessJson(result: unknown): unknown {
    return { schema: 1, ...(result as object) };
  }

  protected override async parse<
    F extends Record<string, unknown>,
    B extends Record<string, unknown>,
    A extends Record<string, unknown>,
  >(options?: Interfaces.Input<F, B, A>, argv?: string[]): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse<F, B, A>(options, argv);
    normalizeFlags(parsed.flags);
    this.#flags = parsed.flags as SharedFlags;
    return parsed;
  }

  protected override async catch(thrown: Error): Promise<void> {
    // what an interrupted task throws is a consequence; the interruption is the cause
    const error = this.#interrupt?.reason ?? thrown;
    maskError(error, this.masker);
    if (!this.jsonEnabled() || (error as { code?: string }).code === 'EEXIT') {
      dressError(error);
      throw error;
    }
    process.exitCode = exitOf(error);
    this.logJson({ schema: 1, error: errorJson(error), exit: process.exitCode });
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    if (this.#interrupt?.reason instanceof HxError) process.exitCode = EXIT.interrupted;
    this.#interrupt?.release();
    await super.finally(error);
  }
}
