// What runs where, as a table: one line per host and service.
import { color } from './color.js';
import { duration } from './duration.js';
import { table } from './table.js';

export interface ServiceStatus {
  role: string;
  unit: string;
  /** systemd's word: active, inactive, failed, activating; or `not installed`. */
  state: string;
  /** ISO time; absent when it is not active. */
  since?: string;
  /** By systemd, since it was last started by somebody. */
  restarts: number;
  atBoot: boolean;
  version?: string;
  /** Configured ones of LiteLLM, those on disk of Ollama. */
  models?: string[];
}

export interface HostStatus {
  name: string;
  reached: boolean;
  error?: { code: string; message: string; hints: string[] };
  /** ISO time of the last deploy that ended well. */
  lastDeploy?: string;
  services: ServiceStatus[];
}

const HEAD = ['host', 'service', 'state', 'for', 'version', 'last deploy', 'models'];

export function statusText(hosts: readonly HostStatus[], now: Date): string {
  const rows = hosts.flatMap((host) =>
    host.reached
      ? host.services.map((service) => row(host, service, now))
      : [[host.name, '', color.bad('not reached')]],
  );
  const lost = hosts.flatMap(({ name, error }) =>
    error ? [[`${name}: ${error.message}`, ...error.hints.map((hint) => `  ${hint}`)].join('\n')] : [],
  );
  return [table(HEAD, rows), ...lost].join('\n\n');
}

function row(host: HostStatus, service: ServiceStatus, now: Date): string[] {
  const { unit, state, since, restarts, version = '', models = [] } = service;
  const ago = (time: string | undefined) => {
    const ms = time ? now.getTime() - Date.parse(time) : Number.NaN;
    return Number.isNaN(ms) ? '' : duration(Math.max(ms, 0));
  };
  const last = ago(host.lastDeploy);
  const told = restarts > 0 ? `${state}, ${restarts} restarts` : state;
  return [
    host.name,
    unit.replace(/\.service$/, ''),
    state === 'active' ? color.good(told) : color.bad(told),
    ago(since),
    version,
    last ? `${last} ago` : '',
    models.join(', '),
  ];
}
