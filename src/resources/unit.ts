// Kind `unit`: a unit file of ours, or a drop-in when the unit was made by somebody else.
import { quote } from '../shell.js';
import { sha256, writeFile } from './content.js';
import type { Handler, Kind } from './kind.js';
import { GONE, MARK, tidy } from './original.js';

export interface UnitSpec {
  content: string;
  /** What is put into a drop-in instead when a unit of this name is there that hxllm did not write. */
  foreign?: string;
  /** Where it is written: diff decides. */
  path?: string;
  /** What is removed: remove decides. */
  paths?: string[];
}

interface SeenUnit {
  /** The unit file that systemd would use, `-` when there is none. */
  path: string;
  ours: boolean;
  text: string;
  dropIn: string;
}

const ours = (id: string) => `/etc/systemd/system/${id}`;
const dropIn = (id: string) => `${ours(id)}.d/hxllm.conf`;
const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
const decode = (text = '') => Buffer.from(text, 'base64').toString();

export const unit: Kind<UnitSpec, SeenUnit> = {
  name: 'unit',
  probe: (resources) =>
    [
      `u() { p=-; for d in /etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system; do [ -e "$d/$1" ] && p=$d/$1 && break; done`,
      `t=; [ $p = - ] || case "$(sha256sum < "$p")" in "$2 "*) t== ;; *) t=$(base64 -w0 < "$p") ;; esac`,
      `x=; [ -e "/etc/systemd/system/$1.d/hxllm.conf" ] && x=$(base64 -w0 < "/etc/systemd/system/$1.d/hxllm.conf"); m=; [ $p = - ] || m=$(stat -Lc '%a %U:%G' "$p"); echo "$1|$p|$t|$x|$m"; }`,
      ...resources.map((r) => `u ${quote(r.id)} ${sha256(r.spec.content)}`),
    ].join('\n'),
  read(section, resources) {
    const seen = new Map<string, SeenUnit>();
    for (const line of section.split('\n').filter(Boolean)) {
      const [id = '', path = '-', text = '', extra = '', mode = ''] = line.split('|');
      const wanted = resources.find((r) => r.id === id)?.spec.content ?? '';
      const content = text === '=' ? wanted : decode(text);
      const good = mode === '644 root:root';
      if (path !== '-')
        seen.set(id, {
          path,
          ours: content.startsWith(MARK),
          text: good ? content : `${content}# mode ${mode}\n`,
          dropIn: decode(extra),
        });
    }
    return seen;
  },
  diff(resource, seen) {
    const { id, spec } = resource;
    const foreign = seen && !seen.ours && spec.foreign !== undefined;
    const path = foreign ? dropIn(id) : ours(id);
    const after = foreign ? (spec.foreign as string) : spec.content;
    const before = foreign ? seen.dropIn : (seen?.text ?? '');
    if (before === after) return undefined;
    const action = before ? 'update' : 'create';
    const reasons = foreign
      ? [`${seen.path} is somebody else's: a drop-in completes it`]
      : [before ? 'content differs' : 'is missing'];
    return {
      resource: { ...resource, spec: { content: after, path } },
      action,
      title: `unit ${path}`,
      reasons,
      texts: [{ path, before, after }],
    };
  },
  remove(resource, seen) {
    if (!seen) return undefined;
    const { id, spec } = resource;
    const paths = [...(seen.ours ? [ours(id)] : []), ...(seen.dropIn ? [dropIn(id)] : [])];
    if (paths.length === 0) return undefined;
    return {
      resource: { ...resource, spec: { ...spec, paths } },
      action: 'remove',
      title: `unit ${paths.join(', ')}`,
      reasons: [seen.ours ? GONE : `${seen.path} stays: it is somebody else's`],
      ...(seen.ours ? {} : { follow: [withoutDropIn(id)] }),
    };
  },
  saves: ({ resource: { spec } }) => spec.paths ?? [spec.path as string],
  apply({ resource: { id, spec } }) {
    if (spec.paths) {
      const folders = spec.paths.map(folderOf).filter((folder) => folder.endsWith('.d'));
      const empty = folders.map((folder) => tidy(`${folder}/`));
      // a standby is in nobody's care
      const stop = spec.paths.includes(ours(id))
        ? [`systemctl stop -- ${quote(id)} 2>/dev/null || true`]
        : [];
      return [
        ...stop,
        `rm -f -- ${spec.paths.map(quote).join(' ')}`,
        ...empty,
        'systemctl daemon-reload',
      ].join('\n');
    }
    const path = spec.path as string;
    return `mkdir -p ${quote(folderOf(path))}\n${writeFile(path, spec.content, '0644', 'root', 'root')}`;
  },
  /** A service is started again by its own kind; a timer that was taken away runs again. */
  undo: ({ resource: { id }, action }) =>
    action === 'remove' && id.endsWith('.timer')
      ? `systemctl daemon-reload\n[ ! -e ${quote(ours(id))} ] || systemctl start ${quote(id)}`
      : ':',
};

/** A unit of somebody else's is what it was before. */
function withoutDropIn(unit: string): Handler {
  const script = `systemctl try-restart ${quote(unit)}`;
  return { id: `restart ${unit}`, order: 20, unit, script, undo: script };
}
