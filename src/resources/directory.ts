// Kind `directory`: a directory with mode and owner.
import { quote } from '../shell.js';
import { ownership, readFiles, type SeenFile } from './content.js';
import type { Kind } from './kind.js';

export interface DirectorySpec {
  mode: string;
  owner: string;
  group: string;
}

export const directory: Kind<DirectorySpec, SeenFile> = {
  name: 'directory',
  phase: 'stage',
  probe: (resources) => `stat -c 's %a %U %G %F|%n' -- ${resources.map((r) => quote(r.id)).join(' ')} 2>&1`,
  read: (section) => readFiles(section),
  diff(resource, seen) {
    const title = `directory ${resource.id}`;
    if (!seen) return { resource, action: 'create', title, reasons: ['is missing'] };
    if (seen.type !== 'directory') {
      const refused = {
        message: `${resource.id} is a ${seen.type}, not a directory`,
        hint: `move it away on the host: mv ${resource.id} ${resource.id}.old`,
      };
      return { resource, action: 'update', title, reasons: [`is a ${seen.type}`], refused };
    }
    const reasons = ownership(seen, resource.spec);
    return reasons.length > 0 ? { resource, action: 'update', title, reasons } : undefined;
  },
  /** Only a folder that is hxllm's alone is ever `gone`. */
  remove: (resource, seen) =>
    seen?.type === 'directory'
      ? { resource, action: 'remove', title: `directory ${resource.id}`, reasons: ['is not wanted any more'] }
      : undefined,
  apply({ resource: { id, spec }, action }) {
    const path = quote(id);
    if (action === 'remove') return `rm -rf -- ${path}`;
    return `mkdir -p ${path}\nchown ${spec.owner}:${spec.group} ${path}\nchmod ${spec.mode} ${path}`;
  },
};
