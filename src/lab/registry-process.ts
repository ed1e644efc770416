// The model registry as a process of its own: started, found again, ended. It outlives the command that starts it.
import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { HxError } from '../errors.js';
import { poll } from '../retry.js';
import { ROOT } from '../root.js';
import { labPaths } from './paths.js';
import { findByArgument, signal, startOf } from './processes.js';
import { gatewayOf, type LabState, writeState } from './state.js';

const PORT = 5000;

/** The program as it was built last. */
const PROGRAM = join(ROOT, 'dist/lab/registry-main.cjs');

/** Where hosts pull models from. */
export const registryUrl = (state: LabState) => `http://${gatewayOf(state)}:${PORT}`;

export function registryRuns(state: LabState): boolean {
  const { registry } = state;
  return registry !== undefined && registry.started !== '' && startOf(registry.pid) === registry.started;
}

function answers(address: string): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: PORT, timeout: 500 });
    const end = (result?: true) => {
      socket.destroy();
      resolve(result);
    };
    socket.on('connect', () => end(true));
    socket.on('error', () => end());
    socket.on('timeout', () => end());
  });
}

export async function startRegistry(state: LabState): Promise<boolean> {
  if (registryRuns(state)) return false;
  const paths = labPaths(state.name);
  stopRegistry(state);
  const log = openSync(paths.registryLog, 'a', 0o600);
  const address = gatewayOf(state);
  const child = spawn(process.execPath, [PROGRAM, paths.models, address, String(PORT)], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
  });
  child.unref();
  if (child.pid !== undefined && (await poll(() => answers(address), { timeoutMs: 10_000, everyMs: 30 }))) {
    state.registry = { pid: child.pid, started: startOf(child.pid), port: PORT };
    writeState(state);
    return true;
  }
  throw new HxError({
    code: 'lab',
    message: `the model registry does not start: ${readFileSync(paths.registryLog, 'utf8').trim().slice(-300)}`,
    where: paths.registryLog,
  });
}

export function stopRegistry(state: { name: string }): void {
  // its folder names the lab, so it is found without a record of its pid
  for (const pid of findByArgument(labPaths(state.name).models)) signal(pid, 'SIGTERM');
}
