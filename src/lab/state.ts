// What a lab has made, written down before it is made: `lab down` undoes it also after a crash.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HxError } from '../errors.js';
import type { Os } from './distributions.js';
import { LABS, labPaths } from './paths.js';

export interface HostState {
  short: string;
  os: Os;
  address: string;
  /** Read-only layers of its file system, the uppermost first; the last one is the distribution's root. */
  layers: string[];
}

export interface LabState {
  schema: 1;
  name: string;
  /** The third part of its addresses: 10.88.OCTET.0/24. */
  octet: number;
  mtu: number;
  hosts: HostState[];
  /** Real name of a model to use instead of the lab's own tiny ones. */
  model?: string;
  ollama?: { archive: string; sha256: string };
  registry?: { pid: number; started: string; port: number };
  /** The layers of each host at that moment. */
  snapshots?: Record<string, Record<string, string[]>>;
  /** Folder of the inventory that was written. */
  inventory?: string;
}

export const subnet = (octet: number) => `10.88.${octet}`;
export const gatewayOf = (state: { octet: number }) => `${subnet(state.octet)}.1`;
export const bridgeOf = (state: { octet: number }) => `hxlab${state.octet}`;
export const machineOf = (state: { octet: number }, part: string) => `hx${state.octet}-${part}`;

export function writeAtomic(file: string, text: string, mode = 0o600): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}

export function readState(name: string): LabState | undefined {
  const { state } = labPaths(name);
  if (!existsSync(state)) return undefined;
  try {
    return JSON.parse(readFileSync(state, 'utf8')) as LabState;
  } catch (cause) {
    throw new HxError({
      code: 'lab',
      message: 'the state of the lab cannot be read',
      where: state,
      hint: `hxllm lab down --name ${name}`,
      cause,
    });
  }
}

export function writeState(state: LabState): void {
  const paths = labPaths(state.name);
  mkdirSync(paths.dir, { recursive: true, mode: 0o700 });
  writeAtomic(paths.state, `${JSON.stringify(state, null, 2)}\n`);
}

/** Names of all labs of this machine, half-made ones too. */
export function labNames(): string[] {
  if (!existsSync(LABS)) return [];
  return readdirSync(LABS, { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && !entry.name.startsWith('.') && existsSync(join(LABS, entry.name)),
    )
    .map((entry) => entry.name);
}

export function needState(name: string): LabState {
  const state = readState(name);
  if (state) return state;
  const others = labNames();
  throw new HxError({
    code: 'lab',
    message: `there is no lab "${name}"`,
    hint: others.length > 0 ? `Labs of this machine: ${others.join(', ')}` : 'Make it with: hxllm lab up',
  });
}
