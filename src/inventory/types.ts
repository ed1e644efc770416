// What an inventory is to the rest of hxllm. Values are read lazily: a vault or an expression that nobody uses stops nobody.
import type { Secret } from '../secret.js';
import type { Vault } from './vault/vault.js';

/** A value of a variable after Jinja and vault. A string that came from a vault, or was built with one, is a Secret. */
export type Value = string | number | boolean | null | Secret | Value[] | { [key: string]: Value };

/** Where a value was written. `line` counts from 1. */
export interface Origin {
  file: string;
  line?: number;
}

export interface Host {
  readonly name: string;
  /** All groups it is in, also through children; `all` first, then by depth, the way their variables override. */
  readonly groups: readonly string[];
  has(variable: string): boolean;
  /**
   * The value with Jinja evaluated and types kept; undefined when the variable is not set.
   * Throws HxError `variable` (expression cannot be evaluated) or `vault`, with `file:line`.
   */
  get(variable: string): Value | undefined;
  /** What ansible.cfg and ANSIBLE_… say of a variable of its connection: it counts where the inventory says nothing. */
  setting(variable: string): Value | undefined;
  origin(variable: string): Origin | undefined;
  /** Names of all variables that are set for it, sorted. */
  variables(): string[];
}

export interface Group {
  readonly name: string;
  /** Hosts named in it directly, in the order of the inventory. */
  readonly hosts: readonly string[];
  readonly children: readonly string[];
}

export interface Warning {
  message: string;
  where?: string;
}

export interface Membership {
  host: string;
  group: string;
}

export interface Inventory {
  /** The files and folders it was read from, as given. */
  readonly sources: readonly string[];
  readonly hosts: ReadonlyMap<string, Host>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly warnings: readonly Warning[];
  /** What opens its vaults. */
  readonly vault: Vault;
  /** The same files as they are now, with the passwords that are known. */
  again(): Inventory;
  /** The same files, as if these hosts were in these groups too. */
  joined(members: readonly Membership[]): Inventory;
  /** Where a host was named in a group or in one under it. */
  place(host: string, group: string): Origin | undefined;
  /** Hosts of a group, its children included, in the order of the inventory; [] for a group that is not there. */
  members(group: string): Host[];
  /**
   * Hosts that a `--limit` pattern means, in the order of the inventory. Throws HxError `limit` (exit 2) with the
   * candidates when it matches nothing or a short name is ambiguous.
   */
  select(pattern: string): Host[];
}

/** `file:line` for messages, relative to the working directory when inside it. */
export function showOrigin(origin: Origin | undefined): string | undefined {
  if (!origin) return undefined;
  const cwd = `${process.cwd()}/`;
  const file = origin.file.startsWith(cwd) ? origin.file.slice(cwd.length) : origin.file;
  return origin.line === undefined ? file : `${file}:${origin.line}`;
}
