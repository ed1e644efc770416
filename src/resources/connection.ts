// Kind `connection`: an Open WebUI talks to the gateway with its own key, in its environment, its database and its running server.

import { type Connections, lookScript, readWebui, type SeenWebui, webuiScript } from '../open-webui.js';
import type { Secret } from '../secret.js';
import { quote } from '../shell.js';
import { sha256 } from './content.js';
import type { Change, Handler, Kind, Refusal } from './kind.js';
import { tidy } from './original.js';
import { waitReady } from './service.js';

export interface ConnectionSpec {
  /** With /v1, without a trailing slash. */
  url: string;
  key: Secret;
  /** The unit to look for first. */
  unit: string;
  access: 'bypass' | 'grants' | 'leave' | undefined;
  /** Public names that users need. */
  models: readonly string[];
  /** Where the environment is changed, unless hxllm's own file has it: diff decides. */
  file?: string;
  found?: { unit: string; listens: string; old: boolean; path?: string };
}

/** For an install without an EnvironmentFile. */
const OWN_FILE = '/etc/hxllm/open-webui.env';
const dropIn = (unit: string) => `/etc/systemd/system/${unit}.d/hxllm.conf`;
const DROP_IN = `# Written by hxllm; a change made here is undone by the next deploy.
[Service]
EnvironmentFile=${OWN_FILE}
`;
/** Of hxllm's own, for an install that it has upgraded. */
const VENVS = '/opt/open-webui/venvs/';
/** Seconds of a start that migrates a large database. */
const WITHIN = 300;

/** It is hxllm's own to install: nothing of somebody else's is there. */
export const isFresh = (seen: unknown): boolean =>
  ['none', 'ours'].includes((seen as SeenWebui | undefined)?.state ?? 'none');

export const connection: Kind<ConnectionSpec, SeenWebui> = {
  name: 'connection',
  probe: (resources) => resources.map(({ spec }) => lookScript(spec.unit)).join('\n'),
  read: (section, [resource]) => new Map(resource ? [[resource.id, readWebui<SeenWebui>(section)]] : []),
  diff(resource, seen = { state: 'none' } as SeenWebui) {
    const { spec } = resource;
    const title = `connection of ${seen.unit ?? 'Open WebUI'} to ${spec.url}`;
    const refused = refusal(seen, spec);
    if (refused) return { resource, action: 'update', title, reasons: [refused.message], refused };
    const wanted = { ...spec, hash: sha256(spec.key.reveal()) };
    const isForeign = seen.state === 'foreign';
    const env = isForeign ? environment(seen, wanted) : [];
    const db = seen.persistent && seen.db ? wrong('database', seen.db, wanted) : [];
    const live = db.length + env.length === 0 && seen.live ? wrong('running server', seen.live, wanted) : [];
    const ungranted = spec.access === 'grants' ? spec.models.filter((m) => !seen.granted?.includes(m)) : [];
    const reasons = [...env, ...db, ...live, ...ungranted.map((m) => `users may not use ${m}`)];
    if (reasons.length === 0) return undefined;
    const found = seen.unit ? foundOf(seen) : undefined;
    const file = env.length > 0 ? { file: seen.file ?? OWN_FILE } : {};
    const change = { ...resource, spec: { ...spec, ...file, ...(found ? { found } : {}) } };
    const isConnected = env.length + db.length + live.length > 0;
    return {
      resource: change,
      action: seen.db ? 'update' : 'create',
      title,
      reasons,
      follow: [
        ...(isConnected && found ? [startAgain(found)] : []),
        ...(ungranted.length > 0 ? [grant(spec)] : []),
      ],
    };
  },
  remove(resource, seen) {
    if (seen?.state !== 'foreign') return undefined;
    const change: Change<ConnectionSpec> = {
      resource: { ...resource, spec: { ...resource.spec, file: OWN_FILE, found: foundOf(seen) } },
      action: 'remove',
      title: `environment of ${seen.unit}`,
      reasons: ['its connection in Admin Settings stays'],
      follow: [startAgain(foundOf(seen))],
    };
    if (seen.venv.startsWith(VENVS)) {
      const message = `${seen.unit} was installed by somebody else, and runs from hxllm's ${seen.venv}`;
      return {
        ...change,
        refused: { message, hint: 'give it a venv of its own first, of the same release' },
      };
    }
    return seen.file === OWN_FILE ? change : undefined;
  },
  saves: ({ resource: { spec } }) =>
    spec.file ? [spec.file, ...(spec.file === OWN_FILE ? [dropIn(spec.found?.unit ?? '')] : [])] : [],
  apply({ resource: { spec }, action }) {
    const { found, file } = spec;
    if (!found) return ':';
    if (action === 'remove')
      return `rm -f -- ${OWN_FILE} ${quote(dropIn(found.unit))}\n${tidy(OWN_FILE)}\n${tidy(dropIn(found.unit))}\nsystemctl daemon-reload`;
    const own = file === OWN_FILE ? dropIn(found.unit) : undefined;
    return [
      // releases before 0.10 keep their settings in memory and write over a change
      ...(found.old ? [`systemctl stop ${quote(found.unit)}`] : []),
      webuiScript('connect', {
        unit: found.unit,
        ...(found.path ? { path: found.path } : {}),
        url: spec.url,
        key: spec.key.reveal(),
        bypass: spec.access === 'bypass',
        ...(file ? { file } : {}),
      }),
      ...(own
        ? [
            `mkdir -p ${quote(`/etc/systemd/system/${found.unit}.d`)}`,
            `printf %s ${quote(DROP_IN)} > ${quote(own)}`,
            'systemctl daemon-reload',
          ]
        : []),
    ].join('\n');
  },
  undo({ resource: { spec }, action }) {
    if (action === 'remove') return start(spec.found as Found);
    const copy = spec.file ? [`rm -f -- ${quote(spec.file)}.hxllm-"$ID"`] : [];
    return spec.found ? [...copy, putBack(spec.found)].join('\n') : ':';
  },
};

type Found = NonNullable<ConnectionSpec['found']>;

const foundOf = ({ unit, listens, form, path }: SeenWebui): Found => ({
  unit,
  listens,
  old: form === 'old',
  ...(path ? { path } : {}),
});

/** bash: the rows as they were; a release that keeps them in memory is stopped meanwhile. */
function putBack({ unit, old, path }: Found): string {
  const script = `export T ID\n${webuiScript('restore', { unit, ...(path ? { path } : {}) })}`;
  return old ? `systemctl stop ${quote(unit)}\n${script}\nsystemctl start ${quote(unit)}` : script;
}

/** bash: starts it again, and waits until it answers. */
export function start({ unit, listens }: { unit: string; listens: string }): string {
  const name = quote(unit);
  const ready = {
    ready: `curl -fsS -o /dev/null --max-time 5 http://${listens}/health 2>/dev/null`,
    within: WITHIN,
    port: Number(listens.split(':').at(-1)),
  };
  return `systemctl reset-failed ${name} 2>/dev/null || true\nsystemctl restart ${name} 2>/dev/null || true\n${waitReady(unit, ready)}`;
}

function startAgain(found: Found): Handler {
  const again = start(found);
  return {
    id: `restart ${found.unit}`,
    order: 20,
    unit: found.unit,
    script: again,
    undo: `${putBack(found)}\n${again}`,
    budget: WITHIN + 120,
  };
}

function grant({ unit, models }: ConnectionSpec): Handler {
  return { id: 'let users use the models', order: 25, script: webuiScript('grant', { unit, models }) };
}

interface Wanted extends ConnectionSpec {
  hash: string;
}

function environment(seen: SeenWebui, wanted: Wanted): string[] {
  const reasons = wrong('environment', seen.env, wanted);
  if (wanted.access === 'bypass' && !seen.bypass) reasons.push('environment: users see no models');
  return reasons;
}

/** What a place says other than is wanted. */
function wrong(place: string, { enable, urls, keys, off }: Connections, { url, hash }: Wanted): string[] {
  const at = urls.indexOf(url);
  const slashed = urls.findIndex((u) => u.replace(/\/+$/, '') === url);
  const first = urls.filter(Boolean).join(', ') || 'none';
  return [
    ...(enable ? [] : [`${place}: connections are switched off`]),
    ...(at >= 0 || slashed >= 0 ? [] : [`${place}: ${first} → ${url}`]),
    ...(at < 0 && slashed >= 0 ? [`${place}: the URL ends with a slash, with which it finds no models`] : []),
    ...(at >= 0 && keys[at] !== hash ? [`${place}: another key`] : []),
    ...(off.includes(at) ? [`${place}: this connection is switched off`] : []),
  ];
}

const STATES: Partial<Record<SeenWebui['state'], [string, string]>> = {
  docker: [
    'Open WebUI runs in a container, which hxllm does not change',
    'set OPENAI_API_BASE_URL and OPENAI_API_KEY there (hxllm clients open-webui), and take the host out of [webui]',
  ],
  user: ["Open WebUI runs as a unit of a user's own session", 'make it a unit of the system first'],
  nobody: [
    'Open WebUI runs, but no systemd unit runs it',
    'stop it and give it a unit, or let hxllm install one',
  ],
  several: ['several units run an Open WebUI', 'name one: webui_unit'],
  'no python': ['Open WebUI runs, but the host has no python3 to look at it', 'apt-get install python3'],
};

function refusal(seen: SeenWebui, { url }: ConnectionSpec): Refusal | undefined {
  const [message, hint] = STATES[seen.state] ?? [];
  if (message && hint) return { message, hint };
  if (seen.state === 'none') return undefined;
  if (seen.unreadable)
    return {
      message: `the database of Open WebUI cannot be read: ${seen.unreadable}`,
      hint: `ls -l its webui.db; systemctl status ${seen.unit}`,
    };
  if (seen.postgres && seen.persistent)
    return {
      message: 'Open WebUI keeps its settings in PostgreSQL, which hxllm does not change',
      hint: `enter ${url} in Admin Settings, Connections, and take the host out of [webui]; or set ENABLE_PERSISTENT_CONFIG=False`,
    };
  if (seen.form === 'foreign')
    return {
      message: `the database of Open WebUI ${seen.version} has a form that hxllm does not know`,
      hint: `enter ${url} in Admin Settings, Connections, and take the host out of [webui]`,
    };
  return undefined;
}
