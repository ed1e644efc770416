// Kind `link`: a symbolic link, switched in one step.
import { quote } from '../shell.js';
import type { Kind } from './kind.js';
import { bringOriginal, GONE, keepOriginal, originalOf, tidy } from './original.js';

export interface LinkSpec {
  to: string;
  /** What is there is no link, and is kept beside it: diff decides. */
  keep?: true;
}

/** sh: prints `path|target`; the target of something that is no link is empty. */
export function probeLinks(paths: readonly string[]): string {
  return `find ${paths.map(quote).join(' ')} -maxdepth 0 -printf '%p|%l\\n' 2>/dev/null || true`;
}

export function readLinks(section: string): Map<string, string> {
  const lines = section.split('\n').filter(Boolean);
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf('|')), line.slice(line.lastIndexOf('|') + 1)]),
  );
}

/** `ln -sfn` alone is not atomic: the new link is renamed over the old one. */
export function switchLink(path: string, to: string): string {
  const part = quote(`${path}.hxllm-new`);
  return `rm -f ${part}\nln -sn ${quote(to)} ${part}\nmv -fT ${part} ${quote(path)}`;
}

export const link: Kind<LinkSpec, string> = {
  name: 'link',
  probe: (resources) => probeLinks(resources.map((r) => r.id)),
  read: (section) => readLinks(section),
  diff(resource, seen) {
    if (seen === resource.spec.to) return undefined;
    const title = `link ${resource.id}`;
    if (seen === undefined) return { resource, action: 'create', title, reasons: [`→ ${resource.spec.to}`] };
    return {
      resource: seen ? resource : { ...resource, spec: { ...resource.spec, keep: true } },
      action: 'update',
      title,
      reasons: [`${seen || `a plain file, kept as ${originalOf(resource.id)},`} → ${resource.spec.to}`],
    };
  },
  remove(resource, seen) {
    if (seen !== resource.spec.to) return undefined;
    const spec: LinkSpec = { ...resource.spec, keep: true };
    return {
      resource: { ...resource, spec },
      action: 'remove',
      title: `link ${resource.id}`,
      reasons: [GONE],
    };
  },
  saves: ({ resource: { id, spec } }) => [id, ...(spec.keep ? [originalOf(id)] : [])],
  apply: ({ resource: { id, spec }, action }) =>
    action === 'remove'
      ? // of a unit's own kind of folder, which systemctl makes too
        [bringOriginal(id), ...(/\.wants\/[^/]+$/.test(id) ? [tidy(id)] : [])].join('\n')
      : [
          `mkdir -p ${quote(id.slice(0, id.lastIndexOf('/')))}`,
          ...(spec.keep ? [keepOriginal(id)] : []),
          switchLink(id, spec.to),
        ].join('\n'),
};
