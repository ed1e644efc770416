// Rotations of keys that nobody finished: the old key still stands beside the new one.
import { type Host, showOrigin } from '../inventory/types.js';
import { ADMIN } from './clients.js';
import type { Client } from './stack.js';

export interface Unfinished {
  /** The client's name, or `admin`. */
  client: string;
  /** `inventories/group_vars/all/vault.yml` */
  file: string;
  /** Unix seconds; undefined = no end is set. */
  until?: number;
}

export function unfinishedRotations(
  host: Host,
  clients: readonly Pick<Client, 'name' | 'source'>[],
): Unfinished[] {
  return clients.flatMap(({ name: client, source }) => {
    const variable = `${source?.variable}_previous`;
    const origin = source && host.origin(variable);
    if (!origin) return [];
    const until = Number(host.get(`${variable}_until`) ?? Number.NaN);
    const file = showOrigin({ file: origin.file })!;
    return [{ client, file, ...(Number.isNaN(until) ? {} : { until }) }];
  });
}

/** What it means now, and what ends it. */
export function unfinishedText(
  { client, file, until }: Unfinished,
  now = Date.now(),
): { message: string; hint: string } {
  const hint = `hxllm rotate-key${client === ADMIN ? '' : ` --client ${client}`}`;
  if (until === undefined)
    return { message: `the old key of ${client} is still accepted: its rotation is not finished`, hint };
  const time = new Date(until * 1000).toISOString().replace('T', ' ').replace('.000Z', ' UTC');
  const message =
    until * 1000 > now
      ? `the old key of ${client} is accepted until ${time}: its rotation is not finished`
      : `the old key of ${client} ended at ${time} and is still in ${file}: its rotation is not finished`;
  return { message, hint };
}
