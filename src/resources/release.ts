// Kind `release`: one version of what a service runs from, in a folder of its own, with a link to the current one.
import { quote } from '../shell.js';
import { ownership, readContents, type SeenFile, writeFile } from './content.js';
import type { Change, Kind, Text } from './kind.js';
import { probeLinks, readLinks, switchLink } from './link.js';
import { tidy } from './original.js';

export interface ReleaseFile {
  content: string;
  mode: string;
  owner: string;
  group: string;
  secret?: boolean;
  /** Kept for a rollback to the release; that it differs is no reason for a new one. */
  aside?: true;
}

export interface ReleaseSpec {
  /** Releases lie in `releases/ID` below it; `next` is the staged one, `current` the one that serves. */
  root: string;
  group: string;
  files: Record<string, ReleaseFile>;
  /** Links in the release: name → target. */
  links: Record<string, string>;
  /** This release, which is there, instead of a new one. */
  older?: string;
}

interface SeenRelease {
  current: string;
  files: Map<string, SeenFile>;
  links: Map<string, string>;
}

const SPLIT = '--links--';

const at = ({ root }: ReleaseSpec, name: string) => `${root}/current/${name}`;
const compared = (spec: ReleaseSpec) => Object.entries(spec.files).filter(([, file]) => !file.aside);

export const release: Kind<ReleaseSpec, SeenRelease> = {
  name: 'release',
  phase: 'stage',
  files: (resources) =>
    resources.flatMap(({ spec }) => compared(spec).map(([name, f]) => ({ path: at(spec, name), ...f }))),
  probe: (resources) =>
    resources
      .map(({ spec }) => {
        const links = Object.keys(spec.links).map((name) => at(spec, name));
        return `echo ${SPLIT}\n${probeLinks([`${spec.root}/current`, ...links])}`;
      })
      .join('\n'),
  read(section, resources) {
    const seen = new Map<string, SeenRelease>();
    const [files = '', links = ''] = section.split(`${SPLIT}\n`);
    for (const { id, spec } of resources) {
      const found = readLinks(links);
      const current = found.get(`${spec.root}/current`);
      if (current) seen.set(id, { current, files: readContents(files), links: found });
    }
    return seen;
  },
  diff(resource, seen) {
    const { spec } = resource;
    const texts: Text[] = [];
    const reasons: string[] = [];
    for (const [name, want] of compared(spec)) {
      const path = `${spec.root}/current/${name}`;
      const have = seen?.files.get(path);
      const different = !have || have.different;
      if (seen && !have) reasons.push(`${name} is missing`);
      if (have?.different) reasons.push(`${name} differs`);
      if (have) reasons.push(...ownership(have, want).map((r) => `${name}: ${r}`));
      if (different && !want.secret)
        texts.push({ path, before: have?.different?.text ?? '', after: want.content });
    }
    for (const [name, to] of Object.entries(spec.links)) {
      const have = seen?.links.get(`${spec.root}/current/${name}`);
      if (seen && have !== to) reasons.push(`${name} ${have ?? 'missing'} → ${to}`);
    }
    const title = `release ${spec.root}/current`;
    if (!seen) return { resource, action: 'create', title, reasons: ['first release'], texts };
    return reasons.length > 0 ? { resource, action: 'update', title, reasons, texts } : undefined;
  },
  remove: (resource, seen) =>
    seen && {
      resource,
      action: 'remove',
      title: `release ${resource.spec.root}/current`,
      reasons: [`${seen.current} and all others`],
    },
  saves: ({ resource }) => [`${resource.spec.root}/current`],
  apply: ({ resource: { spec }, action }: Change<ReleaseSpec>) => {
    if (action === 'remove')
      return `cd ${spec.root}\nrm -f -- current next\nrm -rf -- releases\ncd /\n${tidy(`${spec.root}/current`)}`;
    if (spec.older) return switchLink(`${spec.root}/next`, `releases/${spec.older}`);
    const folder = `${spec.root}/releases/"$ID"`;
    const put = ([name, f]: [string, ReleaseFile]) => writeFile(name, f.content, f.mode, f.owner, f.group);
    return [
      `rm -rf ${folder}; mkdir -p ${folder}; chown root:${spec.group} ${folder}; chmod 0750 ${folder}; cd ${folder}`,
      ...Object.entries(spec.files).map(put),
      ...Object.entries(spec.links).map(([name, to]) => `ln -sn ${quote(to)} ${quote(name)}`),
      switchLink(`${spec.root}/next`, 'releases/ID').replace('releases/ID', `releases/"$ID"`),
    ].join('\n');
  },
};
