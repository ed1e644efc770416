// Kind `file`: a rendered file with mode and owner.
import { quote } from '../shell.js';
import { ownership, readContents, type SeenFile, writeFile } from './content.js';
import type { Handler, Kind } from './kind.js';
import { bringOriginal, GONE, keepOriginal, MARK, originalOf, tidy } from './original.js';

export interface FileSpec {
  content: string;
  mode: string;
  owner: string;
  group: string;
  /** What is written first when another text is there, and the handler that then makes it the final one. */
  meanwhile?: (before: string) => { content: string; follow: Handler } | undefined;
  /** Its text is shown to nobody, not even as a diff. */
  secret?: boolean;
  /** sh that says whether the new file is good before it replaces the old one; its path is in `$new`. */
  validate?: string;
  /** Why this text must not be written, and what to do instead. */
  refuse?: { message: string; hint: string };
  /** A file without this mark in which `matters` is found was written by somebody else: it is not overwritten. */
  ours?: { mark: string; matters: RegExp; hint: string };
  /** What somebody else wrote is kept beside it: diff decides for one that asks first (`ours`). */
  keep?: true;
  /** Its folder is made with it, and goes with it when nothing else is there. */
  folder?: true;
}

export const file: Kind<FileSpec, SeenFile> = {
  name: 'file',
  files: (resources) => resources.map((r) => ({ path: r.id, ...r.spec })),
  read: (section) => readContents(section),
  diff(resource, seen) {
    const { id, spec } = resource;
    const title = `file ${id}`;
    const refused = spec.refuse ? { refused: spec.refuse } : {};
    if (!seen) {
      const reasons = ['is missing'];
      return { resource, action: 'create', title, reasons, ...refused, ...texts(id, spec, '') };
    }
    if (!/^(regular|symbolic)/.test(seen.type)) {
      const other = {
        message: `${id} is a ${seen.type}, not a file`,
        hint: `move it away on the host: mv ${id} ${id}.old`,
      };
      return { resource, action: 'update', title, reasons: [`is a ${seen.type}`], refused: other };
    }
    const reasons = ownership(seen, spec);
    if (seen.different) reasons.unshift('content differs');
    if (reasons.length === 0) return undefined;
    const before = seen.different?.text;
    const foreign =
      spec.ours && before !== undefined && !before.includes(spec.ours.mark) && spec.ours.matters.test(before);
    const first = before === undefined ? undefined : spec.meanwhile?.(before);
    const decided = {
      ...(first ? { content: first.content } : {}),
      ...(foreign ? { keep: true as const } : {}),
    };
    return {
      resource: { ...resource, spec: { ...spec, ...decided } },
      action: 'update',
      title,
      reasons,
      ...(first ? { follow: [first.follow] } : {}),
      ...(before === undefined ? {} : texts(id, spec, before)),
      ...(foreign
        ? {
            refused: {
              message: `${id} was not written by hxllm`,
              hint: spec.ours?.hint ?? '',
              mayAdopt: true,
            },
          }
        : refused),
    };
  },
  remove(resource, seen) {
    const { id, spec } = resource;
    const text = seen?.same ? spec.content : seen?.different?.text;
    if (!seen || !text?.startsWith(MARK)) return undefined;
    const reasons = [GONE];
    return {
      resource: { ...resource, spec: { ...spec, keep: true } },
      action: 'remove',
      title: `file ${id}`,
      reasons,
    };
  },
  saves: ({ resource: { id, spec } }) => [id, ...(spec.keep ? [originalOf(id)] : [])],
  apply({ resource: { id, spec }, action }) {
    const folder = spec.folder && quote(id.slice(0, id.lastIndexOf('/')));
    if (action === 'remove') return [bringOriginal(id), ...(spec.folder ? [tidy(id)] : [])].join('\n');
    return [
      ...(folder ? [`mkdir -p -- ${folder}`] : []),
      ...(spec.keep ? [keepOriginal(id, spec.ours?.matters)] : []),
      replaceFile(id, spec),
    ].join('\n');
  },
};

/** bash that writes the file; one that does not validate never gets its name. */
export function replaceFile(id: string, spec: FileSpec): string {
  const write = writeFile(id, spec.content, spec.mode, spec.owner, spec.group);
  if (!spec.validate) return write;
  const steps = write.split('\n');
  // the last step is the rename
  return [...steps.slice(0, -1), `new=${quote(`${id}.hxllm-new`)}`, spec.validate, ...steps.slice(-1)].join(
    '\n',
  );
}

function texts(path: string, spec: FileSpec, before: string) {
  return spec.secret ? {} : { texts: [{ path, before, after: spec.content }] };
}
