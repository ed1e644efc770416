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

const FOLDERS = ['/etc', '/run', '/usr/local/lib', '/usr/lib', '/lib'].map((at) => `${at}/systemd/system`);

const ours = (id: string) => `/etc/systemd/system/${id}`;
const dropIn = (id: string) => `${ours(id)}.d/hxllm.conf`;
const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
const decode = (text = '') => Buffer.from(text, 'base64').toString();

export const unit: Kind<UnitSpec, SeenUnit> = {
  name: 'unit',
  probe: (resources) =>
    [
      // the first of the folders that has it is the one that systemd would use
      `set --`,
      `for u in ${resources.map((r) => quote(r.id)).join(' ')}; do`,
      `for d in ${FOLDERS.join(' ')}; do [ -e "$d/$u" ] || continue; set -- "$@" "$d/$u"; break; done`,
      `x=/etc/systemd/system/$u.d/hxllm.conf; [ ! -e "$x" ] || echo "x $u $(base64 -w0 < "$x")"`,
      `done`,
      `if [ $# -gt 0 ]; then stat -Lc 's %a %U:%G %n' -- "$@"`,
      `sha256sum -- "$@" 2>/dev/null | while read -r sum path; do case "$sum \${path#*/systemd/system/}" in`,
      `${resources.map((r) => quote(`${sha256(r.spec.content)} ${r.id}`)).join('|')}) echo "= $path" ;;`,
      `*) echo "d $path $(base64 -w0 < "$path")" ;; esac; done; fi`,
    ].join('\n'),
  read(section, resources) {
    const modes = new Map([...section.matchAll(/^s (\S+ \S+) (.*)$/gm)].map((m) => [m[2], m[1]]));
    const dropIns = new Map([...section.matchAll(/^x (\S+) (\S*)$/gm)].map((m) => [m[1], decode(m[2])]));
    const seen = new Map<string, SeenUnit>();
    for (const [, how, path = '', text] of section.matchAll(/^([=d]) (\S+) ?(\S*)$/gm)) {
      const id = path.replace(/^.*?\/systemd\/system\//, '');
      const content = how === '=' ? (resources.find((r) => r.id === id)?.spec.content ?? '') : decode(text);
      const mode = modes.get(path);
      seen.set(id, {
        path,
        ours: content.startsWith(MARK),
        text: mode === '644 root:root' ? content : `${content}# mode ${mode}\n`,
        dropIn: dropIns.get(id) ?? '',
      });
    }
    const unread = [...modes.keys()].find((path) => ![...seen.values()].some((unit) => unit.path === path));
    if (unread) throw new Error(`${unread} cannot be read`);
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
