// The story of `models list`: hosts × models, with what the inventory wants and is not there.

import { bytes } from '../../bytes.js';
import { type Exit, worstExit } from '../../errors.js';
import type { Run } from '../../run.js';
import { fullName } from '../../stack/models.js';
import { table } from '../../ui/table.js';
import type { Fleet } from '../fleet.js';
import { type Asked, askModels, backendOf, offersOf } from './disks.js';
import { withGateways } from './gateways.js';

export interface ListedModel {
  host: string;
  /** Ollama's name: `phi3:3.8b`. */
  model: string;
  /** Bytes on disk; absent when it is not there. */
  size?: number;
  digest?: string;
  /** In memory now. */
  loaded: boolean;
  /** The names by which clients get it from the gateways. */
  offered: string[];
  /** The inventory asks for it on this host. */
  wanted: boolean;
  /** `ok`, `not pulled`, `not wanted`, or `differs`: another host has another release of it. */
  state: 'ok' | 'not pulled' | 'not wanted' | 'differs';
}

/** Exit 4 when a host was not reached, 1 when an Ollama gives no list; the others are listed all the same. */
export async function listModels(
  fleet: Fleet,
  run: Run,
): Promise<{ text: string; json: object; exit: Exit }> {
  const asked = await withGateways(fleet, (gateways) => askModels([fleet, gateways], run));
  const models = listed(fleet, asked);
  const rows = models.map((one) => [
    one.model,
    one.host,
    one.size === undefined ? undefined : bytes(one.size),
    one.digest?.replace(/^sha256:/, '').slice(0, 12),
    one.loaded ? 'yes' : undefined,
    one.offered.join(', '),
    one.state,
  ]);
  const errors = asked.errors.map(({ message }) => message);
  const head = ['model', 'host', 'size', 'digest', 'loaded', 'offered as', 'state'];
  const text = [rows.length > 0 ? table(head, rows, { right: [2] }) : 'no models', ...errors].join('\n');
  return { text, json: { models, errors }, exit: worstExit([0, ...asked.errors.map((e) => e.exitCode)]) };
}

/** One row for each model that is on a host or wanted there. */
export function listed(fleet: Pick<Fleet, 'stack' | 'hosts'>, { disks, offers }: Asked): ListedModel[] {
  const digests = new Map<string, Set<string>>();
  for (const { models } of disks)
    for (const { name, digest } of models) digests.set(name, (digests.get(name) ?? new Set()).add(digest));
  const rows = disks.flatMap(({ host, models, loaded }) => {
    const wanted = new Set(wantedOn(fleet, host));
    const names = new Set([...models.map(({ name }) => name), ...wanted]);
    return [...names].map((model): ListedModel => {
      const seen = models.find(({ name }) => name === model);
      return {
        host,
        model,
        ...(seen ? { size: seen.size, digest: seen.digest } : {}),
        loaded: loaded.includes(model),
        offered: offersOf(fleet.stack, offers, host, model),
        wanted: wanted.has(model),
        state: !seen
          ? 'not pulled'
          : (digests.get(model)?.size ?? 0) > 1
            ? 'differs'
            : wanted.has(model)
              ? 'ok'
              : 'not wanted',
      };
    });
  });
  return rows.sort((a, b) => a.model.localeCompare(b.model) || a.host.localeCompare(b.host));
}

/** Ollama's names of what the inventory asks for on a host. */
export function wantedOn({ hosts }: Pick<Fleet, 'hosts'>, host: string): string[] {
  const backend = hosts.filter(({ name }) => name === host).map(backendOf)[0];
  return (backend?.models ?? []).map(fullName);
}
