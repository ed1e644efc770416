// Client keys: `litellm_clients`, and older keys that a rotation still lets live.

import { createHash } from 'node:crypto';
import { HxError } from '../errors.js';
import { asWritten } from '../inventory/as-written.js';
import type { Host, Value } from '../inventory/types.js';
import type { Secret } from '../secret.js';
import { KEY_HINT, keyFault } from './gateway-variables.js';
import { keySource } from './key-source.js';
import type { Client, GatewayHost, Model } from './stack.js';
import { typed, type VariableType } from './variable.js';

/** The administrator's entry: the guide's master key. */
export const ADMIN = 'admin';
/** `none` is what HAProxy calls a key that it does not know. */
const TAKEN = [ADMIN, 'none'];
const NAME = /^[A-Za-z0-9][\w.@-]{0,63}$/;
const NUMBERS = ['rpm', 'tpm', 'parallel'] as const;
const FIELDS: Record<string, VariableType> = {
  name: 'string',
  key: 'secret',
  models: 'list of strings',
  rpm: 'positive integer',
  tpm: 'positive integer',
  parallel: 'positive integer',
  expires: 'string',
  metrics: 'boolean',
};

type Say = (message: string, hint?: string) => void;
type Entry = Record<string, Value>;

/** The clients of a gateway; `say` is told all that is wrong with them. */
export function readClients(
  host: Host,
  entries: readonly Entry[],
  models: readonly Model[],
  masterKey: Secret,
  say: Say,
): Client[] {
  if (entries.length === 0) return [];
  const written = asWritten(host, 'litellm_clients');
  // a list that a template makes has other entries than were written
  const templates = Array.isArray(written) && written.length === entries.length ? written : [];
  const known = new Map([[masterKey.reveal(), 'litellm_master_key']]);
  const clients: Client[] = [];
  for (const [i, entry] of entries.entries()) {
    const read = fieldsOf(entry, i, say);
    const name = String(read.name ?? '');
    const about: Say = (message, hint) => say(`${name || `entry ${i + 1}`}: ${message}`, hint);
    if (clients.some((c) => c.name === name)) about('is named twice', 'each client has a name of its own');
    const key = read.key as Secret | undefined;
    if (!key) {
      if (entry.key === undefined) about('has no key', KEY_HINT);
      continue;
    }
    const fault = keyFault(key);
    const other = known.get(key.reveal());
    if (fault) about(`key ${fault}`, KEY_HINT);
    else if (other) about(`key is also that of ${other}`, KEY_HINT);
    known.set(key.reveal(), name);
    judgeRights(read, models, about);
    const template = (templates[i] as Entry | undefined)?.key;
    const source = typeof template === 'string' ? keySource(host, template) : undefined;
    clients.push({ ...(read as Partial<Client>), name, key, ...(source ? { source } : {}) });
  }
  return clients;
}

/** The fields of one entry that have the right type. */
function fieldsOf(entry: Entry, i: number, say: Say): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  const name = typed('string', entry.name ?? null);
  const label = 'value' in name ? String(name.value) : `entry ${i + 1}`;
  for (const [field, value] of Object.entries(entry)) {
    const type = FIELDS[field];
    if (!type) say(`${label}: unknown field ${field}`, `fields are ${Object.keys(FIELDS).join(', ')}`);
    if (!type || value === null) continue;
    const result = typed(type, value);
    if ('value' in result) read[field] = result.value;
    else say(`${label}: ${field} ${field === 'key' ? 'should be a string' : result.wrong}`);
  }
  if (!read.name) say(`entry ${i + 1}: has no name`, 'give it one, e.g. name: open-webui');
  else {
    const fault = nameFault(label);
    if (fault) say(`${label}: ${fault}`, ...(TAKEN.includes(label) ? ['choose another one'] : []));
  }
  if (read.expires !== undefined) {
    const seconds = secondsOf(String(read.expires));
    if (seconds === undefined)
      say(
        `${label}: expires should be a date, not ${JSON.stringify(read.expires)}`,
        'write 2027-01-31, 2027-01-31T12:00:00Z (UTC unless it says otherwise), or seconds since 1970',
      );
    read.expires = seconds;
  }
  return read;
}

/** Why a client cannot be named so. */
export function nameFault(name: string): string | undefined {
  if (TAKEN.includes(name)) return "is a name of hxllm's own";
  return NAME.test(name)
    ? undefined
    : 'the name has other characters than letters, digits, _ . @ -, or more than 64';
}

function judgeRights(read: Record<string, unknown>, models: readonly Model[], say: Say): void {
  const offered = models.map((m) => m.name);
  const named = read.models as string[] | undefined;
  if (named?.length === 0) say('models is empty', 'leave models out for all models, or revoke the key');
  for (const model of named ?? []) {
    if (!offered.includes(model)) say(`no model ${model}`, `models of this gateway: ${offered.join(', ')}`);
  }
  const rest = ['models', ...NUMBERS].filter((field) => read[field] !== undefined);
  if (read.metrics && rest.length > 0)
    say(
      `metrics and ${rest.join(', ')} exclude each other`,
      'a key that reads the metrics does nothing else: make another one',
    );
}

/** A date is the beginning of its day; times without a zone are UTC. */
export function secondsOf(text: string): number | undefined {
  if (/^\d{9,11}$/.test(text)) return Number(text);
  const [, day, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:?\d\d)?)?$/.exec(text.trim()) ?? [];
  const ms = Date.parse(`${day}T${time ?? '00:00'}${zone ?? 'Z'}`);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

/**
 * The older key of each client whose variable has a neighbour `…_previous`: accepted too, with the same name and
 * rights, until `…_previous_until` when that is set.
 */
export function previousKeys(host: Host, clients: readonly Client[], say: Say, now = Date.now()): Client[] {
  return clients.flatMap((client) => {
    const variable = client.source && `${client.source.variable}_previous`;
    const value = variable && optional(host, variable);
    if (!variable || value === undefined || value === null || value === '') return [];
    const key = typed('secret', value);
    if ('wrong' in key) return say(`${variable}: should be a string`) ?? [];
    const until = optional(host, `${variable}_until`);
    const end = until === undefined || until === null ? undefined : typed('positive integer', until);
    if (end && 'wrong' in end) return say(`${variable}_until ${end.wrong}`) ?? [];
    const ends = [client.expires, end?.value as number | undefined].filter((t) => t !== undefined);
    if (end && Number(end.value) * 1000 <= now) return [];
    const expires = ends.length > 0 ? { expires: Math.min(...ends) } : {};
    return [{ ...client, key: key.value as Secret, ...expires }];
  });
}

/** Not set, too, when it could only be in a vault that is closed: the key itself is not in that one. */
function optional(host: Host, variable: string): Value | undefined {
  try {
    return host.get(variable);
  } catch (error) {
    if (error instanceof HxError && error.code === 'vault') return undefined;
    throw error;
  }
}

/** What is said of each key, by its SHA-256. */
export function clientEntries(host: GatewayHost): [string, Omit<Client, 'key' | 'source'>][] {
  const clients: Client[] = [
    // where two are the same, the one that is not on its way out counts
    ...host.previous,
    { name: ADMIN, key: host.masterKey, admin: true },
    ...host.clients,
  ];
  return [...new Map(clients.map(({ key, source: _, ...entry }) => [sha256(key), entry] as const))];
}

const sha256 = (key: Secret) => createHash('sha256').update(key.reveal()).digest('hex');
