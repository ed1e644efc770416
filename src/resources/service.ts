// Kind `service`: a systemd unit that is enabled and active, and proves that it is ready.
import { clock, kept, quote } from '../shell.js';
import type { Kind, Resource } from './kind.js';
import { MARK } from './original.js';
import { eachSocket } from './sockets.js';

export interface ServiceSpec {
  /** sh that succeeds as soon as the service answers; asked once per 0.25 s. */
  ready: string;
  /** Seconds until it must be ready. */
  within: number;
  /** bash that is run before it is started. */
  before?: string;
  /** bash that is run once it is ready. */
  after?: string;
  /** The port that it listens on when it works: an active unit that does not is started again. */
  port: number;
  /** sh that holds where it goes on without hxllm. Default: its unit file is somebody else's. */
  stays?: string;
}

export interface SeenService {
  load: string;
  active: string;
  sub: string;
  enabled: string;
  restarts: number;
  /** Unix seconds; 0 when it is not active. */
  since: number;
}

interface Seen extends SeenService {
  listening: boolean;
  /** Seconds that it has been active for. */
  age: number;
  /** It goes on without hxllm. */
  stays: boolean;
}

const PROPERTIES = 'Id,LoadState,ActiveState,SubState,UnitFileState,NRestarts,ActiveEnterTimestamp';

/** sh: facts of units, asked once in a script. `--timestamp=unix` is older than every systemd that we meet (v248). */
export function probeUnits(units: readonly string[]): string {
  const { ask, name } = kept(
    `systemctl show --timestamp=unix -p ${PROPERTIES} -- ${units.map(quote).join(' ')}`,
  );
  return `${ask}\nprintf '%s\\n' "$${name}"`;
}

export function readUnits(section: string): Map<string, SeenService> {
  const units = new Map<string, SeenService>();
  for (const block of section.split(/\n\n+/).filter((b) => b.trim())) {
    const get = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(block)?.[1] ?? '';
    units.set(get('Id'), {
      load: get('LoadState'),
      active: get('ActiveState'),
      sub: get('SubState'),
      enabled: get('UnitFileState'),
      restarts: Number(get('NRestarts') || 0),
      since: Number(get('ActiveEnterTimestamp').replace('@', '') || 0),
    });
  }
  return units;
}

/** The one difference that needs no start. */
export const NOT_AT_BOOT = 'is not started at boot';

/** What it does that must end. */
const RUNS = 'runs';
const AT_BOOT = 'is started at boot';
const wants = (unit: string) => `/etc/systemd/system/multi-user.target.wants/${unit}`;
/** sh: a line for each that goes on without hxllm. */
const staying = ({ id, spec }: Resource<ServiceSpec>) =>
  `if ${spec.stays ?? `! grep -qsF '${MARK}' "$(systemctl show -P FragmentPath -- ${quote(id)})"`}; then echo ${quote(`stays ${id}`)}; fi`;

const SOCKETS = '--sockets--';

export const service: Kind<ServiceSpec, Seen> = {
  name: 'service',
  phase: 'service',
  probe: (resources) =>
    [
      probeUnits(resources.map((r) => r.id)),
      `echo; echo ${SOCKETS}; ${clock('')}`,
      eachSocket('[ "$s" != LISTEN ] || echo "listens $l"'),
      ...resources.filter((r) => r.gone).map(staying),
    ].join('\n'),
  read(section, resources) {
    const [units = '', sockets = ''] = section.split(`${SOCKETS}\n`);
    const now = Number(sockets.slice(0, sockets.indexOf('\n')));
    const ports = new Set([...sockets.matchAll(/^listens \S+:(\d+)$/gm)].map((m) => Number(m[1])));
    const stays = new Set([...sockets.matchAll(/^stays (.*)$/gm)].map((m) => m[1]));
    const seen = readUnits(units);
    return new Map(
      resources.flatMap(({ id, spec }) => {
        const unit = seen.get(id);
        return unit
          ? [
              [
                id,
                { ...unit, listening: ports.has(spec.port), age: now - unit.since, stays: stays.has(id) },
              ] as const,
            ]
          : [];
      }),
    );
  },
  diff(resource, seen) {
    const reasons: string[] = [];
    if (seen?.active !== 'active')
      reasons.push(seen?.load === 'loaded' ? `is ${seen.active}` : 'is not there yet');
    else if (!seen.listening && seen.age > resource.spec.within)
      reasons.push(`does not listen on port ${resource.spec.port}`);
    if (seen?.enabled !== 'enabled') reasons.push(NOT_AT_BOOT);
    if (reasons.length === 0) return undefined;
    return {
      resource,
      action: seen?.load === 'loaded' ? 'update' : 'create',
      title: `service ${resource.id}`,
      reasons,
    };
  },
  remove(resource, seen) {
    if (seen?.load !== 'loaded' || seen.stays) return undefined;
    const reasons = [
      ...(['inactive', 'failed'].includes(seen.active) ? [] : [RUNS]),
      ...(seen.enabled === 'enabled' ? [AT_BOOT] : []),
    ];
    if (reasons.length === 0) return undefined;
    return { resource, action: 'remove', title: `service ${resource.id}`, reasons };
  },
  apply({ resource: { id, spec }, action, reasons }) {
    if (action === 'remove') return `systemctl disable -q --now -- ${quote(id)}`;
    const enable = `systemctl enable -q ${quote(id)}`;
    if (reasons.every((reason) => reason === NOT_AT_BOOT)) return enable;
    return [
      ...(spec.before ? [spec.before] : []),
      // an earlier row of failures would make systemd refuse the start (docs/traps.md, systemd)
      `systemctl reset-failed ${quote(id)} 2>/dev/null || true`,
      enable,
      // a package may have started it meanwhile, without our configuration; a handler with it
      `{ if ! systemctl is-active -q ${quote(id)}; then systemctl start ${quote(id)}; elif ! { ${spec.ready}; }; then systemctl reload-or-restart ${quote(id)}; fi; } 2>/dev/null || true`,
      waitReady(id, spec),
      ...(spec.after ? [spec.after] : []),
    ].join('\n');
  },
  // at boot only what is saved is put back, and a link to a unit that is gone again would stay
  saves: ({ resource: { id }, reasons }) =>
    reasons.some((reason) => [NOT_AT_BOOT, AT_BOOT].includes(reason)) ? [wants(id)] : [],
  undo({ resource: { id, spec }, action, reasons }) {
    if (action === 'remove')
      return reasons.includes(RUNS)
        ? `systemctl reset-failed ${quote(id)} 2>/dev/null || true\nsystemctl start ${quote(id)}\n${waitReady(id, spec)}`
        : ':';
    // its unit file is gone by now: disable fails then, and would not stop it
    if (action === 'create')
      return `systemctl disable -q ${quote(id)} 2>/dev/null || true\nsystemctl stop ${quote(id)} || true`;
    const enabled = reasons.includes(NOT_AT_BOOT) ? `systemctl disable -q ${quote(id)} || true\n` : '';
    return `${enabled}systemctl reload-or-try-restart ${quote(id)} || true`;
  },
};

/** sh that waits until a unit is ready, and shows its last journal lines when it is not. */
export function waitReady(unit: string, { ready, within }: ServiceSpec): string {
  const name = quote(unit);
  return [
    `end=$((SECONDS + ${within})) runs=$(systemctl show -p NRestarts --value ${name})`,
    `until ${ready}; do`,
    `  if systemctl is-failed -q ${name} || [ "$(systemctl show -p NRestarts --value ${name})" != "$runs" ]; then why='does not start'`,
    `  elif [ $SECONDS -ge $end ]; then why='is not ready after ${within} s'; else sleep 0.25 & wait $!; continue; fi`,
    `  echo "${unit} $why; the end of its journal:"`,
    `  journalctl -q -u ${name} -n 20 --no-pager -o cat; exit 1`,
    `done`,
  ].join('\n');
}
