// A host whose values are evaluated when they are asked for: decryption, Jinja, loops, places in errors.
import { dirname } from 'node:path';
import { HxError } from '../errors.js';
import { Float, UnsafeText, VaultText } from '../yaml.js';
import { Evaluation } from './jinja/evaluate.js';
import {
  deferred,
  ExpressionError,
  LazyMapping,
  OMIT,
  outward,
  pythonText,
  settled,
} from './jinja/python.js';
import { isTemplate } from './jinja.js';
import { type Host, type Origin, showOrigin, type Value } from './types.js';
import type { HostVariables } from './variables.js';
import type { Vault } from './vault/vault.js';
import { isMapping, type Written } from './written.js';

/** What all hosts of an inventory share. */
export interface Surroundings {
  vault: Vault;
  env: NodeJS.ProcessEnv;
  /** Group names and their hosts, for `groups`. */
  groups: Record<string, string[]>;
  host(name: string): InventoryHost | undefined;
  hostNames(): string[];
  /** Of ansible.cfg and ANSIBLE_…, by variable. */
  connection: Readonly<Record<string, string>>;
}

export class InventoryHost implements Host {
  /** As an expression sees them. */
  readonly #values = new Map<string, unknown>();
  readonly #running: string[] = [];
  #remote: InventoryHost | undefined;

  constructor(
    readonly name: string,
    readonly groups: readonly string[],
    readonly layers: HostVariables,
    /** The inventory file in which it was named first. */
    readonly source: string,
    readonly around: Surroundings,
    /** As others see it through `hostvars`, which Ansible does not give to a host that is looked at so. */
    readonly remote = false,
  ) {}

  has(variable: string): boolean {
    return this.#magic(variable) !== undefined || this.layers.find(variable) !== undefined;
  }

  origin(variable: string): Origin | undefined {
    return this.layers.find(variable)?.origin;
  }

  variables(): string[] {
    return this.layers.names();
  }

  get(variable: string): Value | undefined {
    const magic = this.#magic(variable);
    if (magic !== undefined) return magic instanceof LazyMapping ? undefined : (magic as Value);
    const inner = this.#inner(variable);
    return inner === undefined ? undefined : (this.#guarded(variable, () => outward(inner)) as Value);
  }

  setting(variable: string): Value | undefined {
    return this.around.connection[variable];
  }

  #inner(variable: string): unknown {
    if (this.#values.has(variable)) return this.#values.get(variable);
    const written = this.layers.find(variable);
    if (!written) return undefined;
    if (this.#running.includes(variable)) {
      const loop = [...this.#running.slice(this.#running.indexOf(variable)), variable].join(' → ');
      throw new ExpressionError(`the value refers to itself: ${loop}`);
    }
    this.#running.push(variable);
    try {
      const value = this.#evaluate(variable, written);
      this.#values.set(variable, value);
      return value;
    } finally {
      this.#running.pop();
    }
  }

  /** A variable or magic variable as an expression sees it. */
  lookup(name: string): unknown {
    const magic = this.#magic(name);
    if (magic !== undefined) return magic;
    return deferred(name, () => this.#inner(name));
  }

  #evaluate(variable: string, written: Written): unknown {
    const where = showOrigin(written.origin)!;
    const value = this.#guarded(variable, () => this.#value(written.raw, where, written.secret ?? false));
    return value === OMIT ? undefined : value;
  }

  /** What goes wrong in an expression, with its place. */
  #guarded(variable: string, evaluate: () => unknown): unknown {
    try {
      return evaluate();
    } catch (error) {
      if (error instanceof HxError || !(error instanceof Error)) throw error;
      throw new HxError({
        code: 'variable',
        message: `cannot evaluate ${variable} for ${this.name}: ${error.message}`,
        where: showOrigin(this.origin(variable)),
        cause: error,
      });
    }
  }

  #value(raw: unknown, where: string, secret: boolean): unknown {
    if (raw instanceof VaultText) return this.around.vault.openSecret(raw.text, where);
    if (raw instanceof UnsafeText) return secret ? this.around.vault.keep(raw.text) : raw.text;
    if (typeof raw === 'string') {
      const value = isTemplate(raw) ? this.#template(raw) : raw;
      return secret ? this.#hidden(value) : value;
    }
    if (Array.isArray(raw))
      return raw
        .map((item, at) => this.#item(`item ${at}`, item, where, secret))
        .filter((item) => item !== OMIT);
    if (isMapping(raw))
      return Object.fromEntries(
        Object.entries(raw)
          .map(([key, item]) => [key, this.#item(key, item, where, secret)] as const)
          .filter(([, item]) => item !== OMIT),
      );
    if (raw === null || typeof raw === 'number' || typeof raw === 'boolean' || raw instanceof Float)
      return raw;
    throw new ExpressionError('a value of this YAML type is not supported');
  }

  /** As in Ansible an item that cannot be evaluated disturbs only who uses it. */
  #item(name: string, raw: unknown, where: string, secret: boolean): unknown {
    return deferred(name, () => this.#value(raw, where, secret));
  }

  #template(source: string): unknown {
    const run = new Evaluation({
      lookup: (name) => this.lookup(name),
      env: this.around.env,
      folder: dirname(this.source),
    });
    const value = settled(run.template(source));
    return run.tainted ? this.#hidden(value) : value;
  }

  /** Every string in a value as a Secret. */
  #hidden(value: unknown): unknown {
    if (typeof value === 'string') return value === OMIT ? value : this.around.vault.keep(value);
    if (value instanceof Float || typeof value === 'number')
      this.around.vault.masker.add(pythonText(value, (secret) => secret.reveal()));
    if (Array.isArray(value)) return value.map((item) => this.#hidden(item));
    if (isMapping(value))
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#hidden(item)]));
    return value;
  }

  #magic(name: string): Value | LazyMapping | undefined {
    switch (name) {
      case 'inventory_hostname':
        return this.name;
      case 'inventory_hostname_short':
        return shortName(this.name);
      case 'group_names':
        return this.groups.filter((group) => group !== 'all').sort();
      case 'groups':
        return this.around.groups;
      case 'omit':
        return OMIT;
      case 'hostvars':
        if (this.remote) return undefined;
        return new LazyMapping(
          () => this.around.hostNames(),
          (host) => this.#hostMapping(host),
          (host) => this.around.host(host) !== undefined,
        );
      case 'vars':
        return this.#hostMapping(this.name);
      default:
        return undefined;
    }
  }

  seen(): InventoryHost {
    const { name, groups, layers, source, around } = this;
    this.#remote ??= this.remote ? this : new InventoryHost(name, groups, layers, source, around, true);
    return this.#remote;
  }

  #hostMapping(name: string): LazyMapping | undefined {
    const host = this.around.host(name)?.seen();
    return (
      host &&
      new LazyMapping(
        () => host.variables(),
        (variable) => host.lookup(variable),
        (variable) => host.has(variable),
      )
    );
  }
}

/** The first label of a name; an address stays whole. */
export function shortName(name: string): string {
  return /^[\d.]+$/.test(name) || name.includes(':') ? name : name.split('.')[0]!;
}
