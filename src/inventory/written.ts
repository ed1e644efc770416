// A value as it was written: not yet decrypted or evaluated, with its place.
import type { YamlDocument } from '../yaml.js';
import type { Origin } from './types.js';

/** What files hold: JSON values, and VaultText or UnsafeText where the YAML has `!vault` or `!unsafe`. */
export type Raw = unknown;

export interface Written {
  raw: Raw;
  origin: Origin;
  /** It came from a file that is encrypted as a whole: its strings are secrets. */
  secret?: boolean;
}

export type WrittenVariables = Map<string, Written>;

/** The top-level mapping of a document as variables. */
export function writtenVariables(
  document: YamlDocument,
  file: string,
  options: { secret?: boolean; path?: string[] } = {},
): WrittenVariables {
  let mapping = document.value as Record<string, unknown> | null | undefined;
  for (const key of options.path ?? []) mapping = mapping?.[key] as Record<string, unknown> | undefined;
  const variables: WrittenVariables = new Map();
  for (const [name, raw] of Object.entries(mapping ?? {})) {
    const line = document.line([...(options.path ?? []), name]);
    const origin: Origin = line === undefined ? { file } : { file, line };
    variables.set(name, options.secret ? { raw, origin, secret: true } : { raw, origin });
  }
  return variables;
}

/** True for `{…}`, false for lists, null, scalars and tagged values. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
