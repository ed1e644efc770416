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
  /** ISO time: of the certificate that it shows. */
  certificateExpires?: string;
}

export interface HostStatus {
  name: string;
  reached: boolean;
  error?: { code: string; message: string; hints: string[] };
  /** ISO time of the last deploy that ended well. */
  lastDeploy?: string;
  services: ServiceStatus[];
}

const HEAD = ['host', 'service', 'state', 'for', 'version', 'last deploy', 'models', 'certificate'];
/** As `verify` warns. */
const SOON_MS = 21 * 86_400_000;

export function statusText(hosts: readonly HostStatus[], now: Date): string {
  const rows = hosts.flatMap((host) =>
    host.reached
      ? host.services.map((service) => row(host, service, now))
      : [[host.name, '', color.bad('not reached')]],
  );
  const lost = hosts.flatMap(({ name, error }) =>
    error ? [[`${name}: ${error.message}`, ...error.hints.map((hint) => `  ${hint}`)].join('\n')] : [],
  );
  // most stacks have none
  const hasAny = rows.some((cells) => cells.at(-1) !== '' && cells.length === HEAD.length);
  const shown = hasAny ? rows : rows.map((cells) => cells.slice(0, HEAD.length - 1));
  return [table(hasAny ? HEAD : HEAD.slice(0, -1), shown), ...lost].join('\n\n');
}

function until(expires: string | undefined, now: Date): string {
  if (!expires) return '';
  const left = Date.parse(expires) - now.getTime();
  const day = expires.slice(0, 10);
  return left < 0 ? color.bad(`expired ${day}`) : left < SOON_MS ? color.bad(`until ${day}`) : `until ${day}`;
}

function row(host: HostStatus, service: ServiceStatus, now: Date): string[] {
  const { unit, state, since, restarts, version = '', models = [], certificateExpires } = service;
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
    until(certificateExpires, now),
  ];
}
