// Host check `units`: the role's systemd units are active, stay so, and start at boot.
import { probeUnits, readUnits, type SeenService } from '../resources/service.js';
import { LITELLM_UNIT, OLLAMA_UNIT, PROXY_UNIT } from '../stack/places.js';
import { type HostCheck, type RoleHost, verdict } from './check.js';

/** A unit that restarted by itself so recently may be in a loop. */
const RECENT = 120;

export const unitsOf = ({ role }: RoleHost): string[] =>
  role === 'gateway' ? [LITELLM_UNIT, PROXY_UNIT] : [OLLAMA_UNIT];

const short = (unit: string) => unit.replace(/\.service$/, '');

export const units: HostCheck = {
  id: 'units',
  title: 'Units are active and do not restart',
  role: 'any',
  probe: true,
  hint: 'hxllm deploy --limit HOST; why it stopped: ssh HOST sudo journalctl -u UNIT -n 50',
  script: (host) => `date +'now %s'\n${probeUnits(unitsOf(host))}`,
  judge(output, host) {
    const now = Number(/^now (\d+)$/m.exec(output)?.[1]);
    const seen = readUnits(output);
    const names = unitsOf(host);
    const wrong = names.flatMap((unit) => problem(unit, seen.get(unit), now) ?? []);
    const first = names.find((unit) => problem(unit, seen.get(unit), now));
    const result = verdict(wrong, names.map((unit) => told(unit, seen.get(unit))).join(', '), {
      data: Object.fromEntries(names.map((unit) => [unit, seen.get(unit)])),
      ...(first ? { hint: units.hint.replace('UNIT', short(first)) } : {}),
    });
    const late = names.filter(
      (unit) => seen.get(unit) && !/^(enabled|static|alias|linked)/.test(seen.get(unit)?.enabled ?? ''),
    );
    if (result.status === 'fail' || late.length === 0) return result;
    return {
      ...result,
      status: 'warn',
      message: `${late.map(short).join(', ')}: active, but not started at boot`,
      hint: `ssh HOST sudo systemctl enable ${late.map(short).join(' ')}`,
    };
  },
};

function problem(unit: string, seen: SeenService | undefined, now: number): string | undefined {
  const name = short(unit);
  if (!seen || seen.load === 'not-found') return `${name} is not there`;
  if (seen.active !== 'active') {
    const why = seen.sub && seen.sub !== seen.active && seen.sub !== 'dead' ? ` (${seen.sub})` : '';
    return `${name} is ${seen.active}${why}${seen.restarts > 0 ? `, restarted ${seen.restarts} times` : ''}`;
  }
  if (seen.restarts > 0 && now - seen.since < RECENT)
    return `${name} restarted by itself ${seen.restarts} times, last ${now - seen.since} s ago`;
  return undefined;
}

function told(unit: string, seen: SeenService | undefined): string {
  const since = new Date((seen?.since ?? 0) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${short(unit)} active since ${since} UTC`;
}
