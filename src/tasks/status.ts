// What runs where, read from the hosts with one script each: units, versions, models, the last deploy.
import { curls, readCurls } from '../checks/curl.js';
import { unitsOf } from '../checks/units.js';
import { probeVersion, readVersion } from '../checks/version.js';
import { lookAt, seenIn } from '../checks/webui.js';
import { type Extra, type Facts, probeScript, readFacts } from '../engine/facts.js';
import { EXIT, type Exit, HxError, messageOf } from '../errors.js';
import type { Inventory } from '../inventory/types.js';
import { probeUnits, readUnits } from '../resources/service.js';
import { GATEWAY_PEM, WEBUI_PEM } from '../roles/certificate.js';
import type { Run } from '../run.js';
import { readTags, TAGS, VERSION } from '../services/ollama.js';
import { LITELLM_ROOT, LITELLM_UNIT, OLLAMA_UNIT, PROXY_UNIT, WEBUI_UNIT } from '../stack/places.js';
import type { Member } from '../stack/stack.js';
import { type Step, story } from '../ui/listr.js';
import type { HostStatus, ServiceStatus } from '../ui/status.js';
import { closeAll, connectAll, type Fleet, type FleetHost, fleetOf } from './fleet.js';

/** Exit 4 when a host was not reached; what its services are in is no error of the question. */
export async function status(inventory: Inventory, run: Run): Promise<{ hosts: HostStatus[]; exit: Exit }> {
  const fleet = fleetOf(inventory, run);
  const hosts = new Map<string, HostStatus>();
  try {
    await story([step(fleet, run, hosts)], {}, run);
  } finally {
    closeAll(fleet);
  }
  const told = fleet.hosts.map(({ name }) => hosts.get(name) as HostStatus);
  return { hosts: told, exit: told.every((host) => host.reached) ? EXIT.done : EXIT.unreached };
}

function step(fleet: Fleet, run: Run, hosts: Map<string, HostStatus>): Step<object> {
  const connected = connectAll(fleet, run);
  return {
    title: 'Ask the hosts',
    each: () =>
      fleet.hosts.map((entry) => ({
        title: entry.name,
        run: async () => {
          await connected;
          try {
            hosts.set(entry.name, await ask(entry, run));
          } catch (error) {
            run.signal.throwIfAborted();
            hosts.set(entry.name, lost(entry, error));
            throw error;
          }
        },
      })),
  };
}

async function ask({ name, members, session, error }: FleetHost, run: Run): Promise<HostStatus> {
  if (!session) throw error ?? new HxError({ code: 'unreachable', where: name, message: 'no connection' });
  const pieces = members.flatMap(piecesOf);
  const { stdout } = await session.run(probeScript([], pieces), { signal: run.signal });
  const facts = readFacts(name, stdout, []);
  const { last } = facts.host;
  return {
    name,
    reached: true,
    ...(last ? { lastDeploy: timeOf(last) } : {}),
    services: members.flatMap((member) => services(member, facts)),
  };
}

function piecesOf(member: Member): Extra[] {
  const units = { name: `units ${member.role}`, script: probeUnits(unitsOf(member)) };
  if (member.role === 'gateway') {
    const configured = `sed -n 's/^  - model_name: *//p' ${LITELLM_ROOT}/current/config.yaml 2>/dev/null`;
    return [
      units,
      { name: 'litellm', script: probeVersion },
      { name: 'litellm models', script: configured },
      { name: 'haproxy', script: 'haproxy -v 2>/dev/null | head -n 1' },
      expiry('gateway', GATEWAY_PEM),
    ];
  }
  if (member.role === 'webui')
    return [{ name: 'open-webui', script: lookAt(member) }, expiry('webui', WEBUI_PEM)];
  const at = (path: string) => [{ id: path, url: `http://127.0.0.1:${member.port}${path}`, seconds: 5 }];
  return [units, { name: 'ollama', script: curls([at(VERSION.path), at(TAGS.path)]) }];
}

/** Of what lies on the host, as HAProxy reads it. */
function expiry(role: string, pem: string): Extra {
  return {
    name: `certificate ${role}`,
    script: `openssl x509 -noout -enddate -in ${pem} 2>/dev/null || true`,
  };
}

function expires(text: string): { certificateExpires?: string } {
  const time = Date.parse(/^notAfter=(.+)$/m.exec(text)?.[1] ?? '');
  return Number.isNaN(time) ? {} : { certificateExpires: new Date(time).toISOString() };
}

function services(member: Member, { extra }: Facts): ServiceStatus[] {
  const text = (name: string) => extra.get(name) ?? '';
  if (member.role === 'webui')
    return [{ ...webuiStatus(text('open-webui')), ...expires(text('certificate webui')) }];
  const units = readUnits(text(`units ${member.role}`));
  return unitsOf(member).map((unit) => {
    const { version, models } = ABOUT[unit]?.(text) ?? {};
    const seen = units.get(unit);
    const isThere = seen && seen.load !== 'not-found';
    return {
      role: member.role,
      unit,
      state: isThere ? seen.active : 'not installed',
      ...(isThere && seen.since > 0 && seen.active === 'active'
        ? { since: new Date(seen.since * 1000).toISOString() }
        : {}),
      restarts: seen?.restarts ?? 0,
      atBoot: seen?.enabled === 'enabled',
      ...(version ? { version } : {}),
      ...(models ? { models } : {}),
      ...(unit === PROXY_UNIT ? expires(text(`certificate ${member.role}`)) : {}),
    };
  });
}

/** Whoever installed it, in whatever unit. */
function webuiStatus(output: string): ServiceStatus {
  const seen = seenIn(output);
  const base = { role: 'webui', unit: seen.unit ?? WEBUI_UNIT, restarts: seen.restarts ?? 0 };
  if (seen.state !== 'ours' && seen.state !== 'foreign')
    return { ...base, state: seen.state === 'none' ? 'not installed' : seen.state, atBoot: false };
  return {
    ...base,
    state: seen.active ? 'active' : 'inactive',
    ...(seen.active && seen.since ? { since: new Date(seen.since * 1000).toISOString() } : {}),
    atBoot: seen.enabled === true,
    ...(seen.version ? { version: seen.version } : {}),
  };
}

type About = (text: (name: string) => string) => { version?: string | undefined; models?: string[] };

const ABOUT: Record<string, About> = {
  [LITELLM_UNIT]: (text) => ({
    version: readVersion(text('litellm')).litellm,
    models: [...new Set(text('litellm models').split('\n').filter(Boolean).map(unquoted))],
  }),
  [PROXY_UNIT]: (text) => ({ version: /version (\d[\w.]*)/i.exec(text('haproxy'))?.[1] }),
  [OLLAMA_UNIT]: (text) => {
    const answers = readCurls(text('ollama'));
    const { version } = (answers.get(VERSION.path)?.json ?? {}) as { version?: string };
    const tags = answers.get(TAGS.path);
    return { version, ...(tags?.status === 200 ? { models: [...readTags(tags.json).keys()].sort() } : {}) };
  },
};

const unquoted = (text: string) => text.trim().replace(/^(["'])(.*)\1$/, '$2');

/** A record's name begins with its time: `20261123T183312-x7f3`. */
function timeOf(id: string): string {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(id);
  if (!parts) return id;
  const [, year, month, day, hour, minute, second] = parts;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
}

function lost({ name }: FleetHost, error: unknown): HostStatus {
  const { code = 'unexpected', suggestions = [] } = error instanceof HxError ? error : {};
  const message = messageOf(error).replace(`${name}: `, '');
  return { name, reached: false, error: { code, message, hints: suggestions }, services: [] };
}
