// The table that describes variables: it validates, gives defaults, explains (`role show`) and writes the README.
import { isIP } from 'node:net';
import { HxError } from '../errors.js';
import { hideByName } from '../inventory/as-written.js';
import { type Host, showOrigin, type Value } from '../inventory/types.js';
import { Secret } from '../secret.js';

export type VariableType = keyof typeof TYPES;

export interface Variable {
  name: string;
  type: VariableType;
  /** One sentence without a full stop, starts in lower case. */
  doc: string;
  default?: string | number | boolean | readonly string[];
  /** Shown instead of the default when it is computed. */
  defaultDoc?: string;
  required?: boolean;
  /** Why a value is refused, and what to do instead; undefined = fine. */
  refuse?: (value: unknown) => { message: string; hint: string } | undefined;
}

/** One thing that is wrong with a variable of a host. */
export interface Problem {
  host: string;
  variable: string;
  message: string;
  where?: string | undefined;
  hint?: string | undefined;
}

/** Takes a problem of a host's variable, with the place where it is written. */
export type Tell = (variable: string, message: string, hint?: string) => undefined;

export function tellOf(host: Host, problems: Problem[]): Tell {
  return (variable, message, hint) => {
    const where = showOrigin(host.origin(variable));
    return void problems.push({ host: host.name, variable, message, where, hint });
  };
}

interface Type {
  /** Completes "should be …". */
  should: string;
  /** undefined = not of this type. Numbers may be written as strings, as Ansible users do. */
  parse(value: Value): unknown;
}

const text = (value: Value) => (value instanceof Secret ? value.reveal() : value);
const string = (value: Value) => {
  const plain = text(value);
  return typeof plain === 'string' ? plain : typeof plain === 'number' ? String(plain) : undefined;
};
const integer = (value: Value) => {
  const number = typeof value === 'string' && /^-?\d+$/.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isInteger(number) ? number : undefined;
};
const url = (value: Value) => {
  const plain = string(value);
  if (plain === undefined || !URL.canParse(plain) || !/^https?:\/\//i.test(plain)) return undefined;
  return plain.replace(/\/+$/, '');
};
const list =
  <T>(item: (value: Value) => T | undefined) =>
  (value: Value) => {
    if (!Array.isArray(value)) return undefined;
    const items = value.map(item);
    return items.includes(undefined) ? undefined : items;
  };
const map = (value: Value) =>
  value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Secret)
    ? (value as Record<string, Value>)
    : undefined;
/** An address, or one with a prefix: `10.0.0.0/8`. */
const network = (value: Value) => {
  const [address = '', prefix, ...more] = String(string(value)).split('/');
  const most = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= most);
  return most > 0 && isPrefix && more.length === 0 && !address.includes('%') ? string(value) : undefined;
};
/** YAML 1.1 words that an INI file leaves as strings. */
const WORDS = new Map([
  ...['true', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', 'no', 'off'].map((word) => [word, false] as const),
]);

const TYPES = {
  string: { should: 'a string', parse: string },
  secret: {
    should: 'a string',
    parse: (v) => (v instanceof Secret ? v : typeof v === 'string' ? new Secret(v) : undefined),
  },
  integer: { should: 'an integer', parse: integer },
  'positive integer': {
    should: 'an integer above 0',
    parse: (v) => ((integer(v) ?? 0) > 0 ? integer(v) : undefined),
  },
  boolean: {
    should: 'true or false',
    parse: (v) =>
      typeof v === 'boolean' ? v : typeof v === 'string' ? WORDS.get(v.toLowerCase()) : undefined,
  },
  port: {
    should: 'a port from 1 to 65535',
    parse: (v) => ((integer(v) ?? 0) >= 1 && (integer(v) ?? 0) <= 65535 ? integer(v) : undefined),
  },
  url: { should: 'a URL that begins with http:// or https://', parse: url },
  'file or url': { should: 'a path on the control node or a URL', parse: string },
  sha256: {
    should: '64 hexadecimal digits',
    parse: (v) => (/^[0-9a-f]{64}$/i.test(string(v) ?? '') ? string(v)?.toLowerCase() : undefined),
  },
  'list of urls': { should: 'a list of URLs that begin with http:// or https://', parse: list(url) },
  'list of strings': { should: 'a list of strings', parse: list(string) },
  strings: {
    should: 'a list of strings, or one string with ; between them',
    parse: (v) =>
      Array.isArray(v)
        ? list(string)(v)
        : string(v)
            ?.split(/[;,\s]+/)
            .filter(Boolean),
  },
  networks: {
    should: 'a list of networks such as 10.0.0.0/8 or fd00::/8',
    parse: list(network),
  },
  'list of maps': { should: 'a list of maps', parse: list(map) },
  map: { should: 'a map of names to values', parse: map },
} satisfies Record<string, Type>;

/** Types one value. Returns what is wrong as a sentence when it cannot. */
export function typed(type: VariableType, value: Value): { value: unknown } | { wrong: string } {
  const parsed = TYPES[type].parse(value);
  if (parsed !== undefined) return { value: parsed };
  const shown = value instanceof Secret ? 'a secret of another type' : JSON.stringify(hideByName('', value));
  return { wrong: `should be ${TYPES[type].should}, not ${shown?.slice(0, 80)}` };
}

/** Reads a whole table for a host. Problems are collected, so that a person sees all of them at once. */
export function readVariables(
  host: Host,
  table: readonly Variable[],
): { values: Record<string, unknown>; problems: Problem[] } {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  let sealed = false;
  for (const variable of table) {
    const report = (message: string, hint?: string) =>
      problems.push({
        host: host.name,
        variable: variable.name,
        message,
        where: showOrigin(host.origin(variable.name)),
        hint,
      });
    let raw: Value | undefined;
    try {
      raw = host.get(variable.name);
    } catch (error) {
      if (!(error instanceof HxError)) throw error;
      // anything may be in a vault that is closed: one word about it is enough
      if (error.code === 'vault' && sealed) continue;
      sealed ||= error.code === 'vault';
      problems.push({
        host: host.name,
        variable: variable.name,
        message: error.message,
        hint: error.suggestions[0],
      });
      continue;
    }
    if (raw === undefined || raw === null) {
      if (variable.default !== undefined) values[variable.name] = variable.default;
      else if (variable.required)
        report('is not set', `add it to group_vars: ${variable.name}: … (${variable.doc})`);
      continue;
    }
    const result = typed(variable.type, raw);
    if ('wrong' in result) {
      report(result.wrong);
      continue;
    }
    const refused = variable.refuse?.(result.value);
    if (refused) report(refused.message, refused.hint);
    values[variable.name] = result.value;
  }
  return { values, problems };
}
