// Kind `upgrade`: an Open WebUI that somebody else installed runs another release, from a venv of hxllm's beside its own.
import { lookScript, readWebui, type SeenWebui, webuiScript } from '../open-webui.js';
import { quote } from '../shell.js';
import { start } from './connection.js';
import { writeFile } from './content.js';
import type { Change, Handler, Kind } from './kind.js';

export interface UpgradeSpec {
  version: string;
  venv: string;
  /** The unit to look for first. */
  unit: string;
  /** A person agrees that what the slim install lacks is gone. */
  slim: boolean;
  /** What is there: diff decides. */
  found?: { unit: string; listens: string; bind: string; path: string; data: string };
}

const dropIn = (unit: string) => `/etc/systemd/system/${unit}.d/hxllm-release.conf`;
const daemonReload: Handler = { id: 'daemon-reload', order: 0, script: 'systemctl daemon-reload' };
/** Seconds: the first start of a new release changes the database. */
const BUDGET = 480;
const LOST = 'local embeddings, reranking and speech, and readers of PDF and Word files';

export const upgrade: Kind<UpgradeSpec, SeenWebui> = {
  name: 'upgrade',
  probe: (resources) => resources.map(({ spec }) => lookScript(spec.unit)).join('\n'),
  read: (section, [resource]) => new Map(resource ? [[resource.id, readWebui<SeenWebui>(section)]] : []),
  diff(resource, seen) {
    const { spec } = resource;
    if (seen?.state !== 'foreign' || seen.version === spec.version || !seen.path) return undefined;
    const change: Change<UpgradeSpec> = {
      resource: {
        ...resource,
        spec: {
          ...spec,
          found: {
            unit: seen.unit,
            listens: seen.listens,
            bind: seen.bind ?? '0.0.0.0',
            path: seen.path,
            data: seen.data ?? '',
          },
        },
      },
      action: 'update',
      title: `release of ${seen.unit}`,
      reasons: [`${seen.version} → ${spec.version}, from ${spec.venv}; the old one stays where it is`],
      // an older release may not start on a database that the newer one has changed: `undo` starts it on its own
      follow: [
        daemonReload,
        { id: `restart ${seen.unit}`, order: 20, unit: seen.unit, script: start(seen), budget: BUDGET },
      ],
    };
    if (newer(seen.version, spec.version)) {
      const message = `Open WebUI ${seen.version} is newer than webui_version ${spec.version}, and its database cannot go back`;
      return { ...change, refused: { message, hint: 'take webui_version out of the inventory' } };
    }
    if (!seen.data) {
      const message = `the folder of ${seen.unit}'s data is not known: its database lies elsewhere`;
      return { ...change, refused: { message, hint: 'say where it is with DATA_DIR in its environment' } };
    }
    if (seen.slim || spec.slim) return change;
    const message = `Open WebUI ${seen.version} is a full install; hxllm upgrades to the slim one, without ${LOST}`;
    return {
      ...change,
      refused: {
        message,
        hint: 'agree with webui_slim: true, or upgrade it with its own installer and leave webui_version out',
      },
    };
  },
  saves: ({ resource: { spec } }) => (spec.found ? [dropIn(spec.found.unit)] : []),
  apply({ resource: { spec } }) {
    const { unit, path, listens, bind, data } = spec.found as NonNullable<UpgradeSpec['found']>;
    const port = listens.slice(listens.lastIndexOf(':') + 1);
    const content = `# Written by hxllm; a change made here is undone by the next deploy.
[Service]
Environment=USE_SLIM_DOCKER=true "DATA_DIR=${data}"
ExecStart=
ExecStart=${spec.venv}/bin/open-webui serve --host ${bind} --port ${port}
`;
    return [
      `systemctl stop ${quote(unit)}`,
      // its new release changes the database for good
      webuiScript('keep', { unit, path }),
      `mkdir -p ${quote(`/etc/systemd/system/${unit}.d`)}`,
      writeFile(dropIn(unit), content, '0644', 'root', 'root'),
    ].join('\n');
  },
  undo({ resource: { spec } }) {
    const { unit, path } = spec.found as NonNullable<UpgradeSpec['found']>;
    return `systemctl stop ${quote(unit)}\nexport ID\n${webuiScript('bring', { unit, path })}\nsystemctl start ${quote(unit)}`;
  },
};

/** Whether the first release is newer. */
function newer(one: string, other: string): boolean {
  const [a, b] = [one, other].map((v) => v.split('.').map(Number)) as [number[], number[]];
  const at = a.findIndex((n, i) => n !== (b[i] ?? 0));
  return at >= 0 && (a[at] as number) > (b[at] ?? 0);
}
