// Host check `units`: the role's systemd units are active, stay so, and start at boot.
import { probeUnits, readUnits, type SeenService } from '../resources/service.js';
import { clock } from '../shell.js';
import { LITELLM_UNIT, OLLAMA_UNIT, PROXY_UNIT, WEBUI_UNIT } from '../stack/places.js';
import type { HostCheck, Result, RoleHost } from './check.js';

/** A unit that restarted by itself so recently may be in a loop. */
export const RECENT = 120;

const UNITS: Record<RoleHost['role'], string[]> = {
  gateway: [LITELLM_UNIT, PROXY_UNIT],
  backend: [OLLAMA_UNIT],
  webui: [WEBUI_UNIT],
};

export const unitsOf = ({ role }: RoleHost): string[] => UNITS[role];

const short = (unit: string) => unit.replace(/\.service$/, '');

export const units: HostCheck = {
  id: 'units',
  title: 'Units are active and do not restart',
  role: 'any',
  probe: true,
  hint: 'hxllm deploy --limit HOST',
  script: (host) => `${clock('now ')}\n${probeUnits(unitsOf(host))}`,
  judge(output, host): Result {
    const now = Number(/^now (\d+)$/m.exec(output)?.[1]);
    const seen = readUnits(output);
    const names = unitsOf(host);
    const data = Object.fromEntries(names.map((unit) => [unit, seen.get(unit)]));
    for (const [status, look] of [['fail', problem] as const, ['warn', concern] as const]) {
      const bad = names.flatMap((unit) => {
        const message = look(short(unit), seen.get(unit), now);
        return message ? { unit, message } : [];
      });
      const [first] = bad;
      if (!first) continue;
      const why = `why: ssh HOST sudo journalctl -u ${short(first.unit)} -n 50`;
      const message = bad.map((b) => b.message).join('; ');
      return { status, message, hint: `${units.hint}; ${why}`, data };
    }
    return { status: 'pass', message: names.map((unit) => told(unit, seen.get(unit))).join(', '), data };
  },
};

type Look = (name: string, seen: SeenService | undefined, now: number) => string | undefined;

const problem: Look = (name, seen, now) => {
  if (!seen || seen.load === 'not-found') return `${name} is not there`;
  const { active, sub, restarts } = seen;
  if (active !== 'active') {
    const why = sub && sub !== active && sub !== 'dead' ? ` (${sub})` : '';
    return `${name} is ${active}${why}${restarts > 0 ? `, restarted ${times(restarts)}` : ''}`;
  }
  return restarts > 1 ? restarted(name, seen, now) : undefined;
};

const concern: Look = (name, seen, now) => {
  if (seen && !/^(enabled|static|alias|linked)/.test(seen.enabled)) return `${name} is not started at boot`;
  return seen && seen.restarts > 0 ? restarted(name, seen, now) : undefined;
};

function restarted(name: string, { restarts, since }: SeenService, now: number): string | undefined {
  if (now - since >= RECENT) return undefined;
  return `${name} restarted by itself ${times(restarts)}, last ${now - since} s ago`;
}

export const times = (count: number) => (count === 1 ? 'once' : `${count} times`);

function told(unit: string, seen: SeenService | undefined): string {
  const since = new Date((seen?.since ?? 0) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${short(unit)} active since ${since} UTC`;
}
