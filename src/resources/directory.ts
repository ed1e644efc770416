// Kind `directory`: a directory with mode and owner.
import { quote } from '../shell.js';
import { ownership, readFiles, type SeenFile } from './content.js';
import type { Kind } from './kind.js';
import { tidy } from './original.js';

export interface DirectorySpec {
  mode: string;
  owner: string;
  group: string;
  /** All that lies in it is hxllm's: it goes with it, and so does its folder when nothing else is there. */
  owns?: true;
}

export const directory: Kind<DirectorySpec, SeenFile> = {
  name: 'directory',
  phase: 'stage',
  files: (resources) => resources.map(({ id }) => ({ path: id })),
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
  remove: (resource, seen) =>
    resource.spec.owns && seen?.type === 'directory'
      ? {
          resource,
          action: 'remove',
          title: `directory ${resource.id}`,
          reasons: ['with all that is in it'],
        }
      : undefined,
  apply({ resource: { id, spec }, action }) {
    const path = quote(id);
    if (action === 'remove') return `rm -rf -- ${path}\n${tidy(id)}`;
    return `mkdir -p ${path}\nchown ${spec.owner}:${spec.group} ${path}\nchmod ${spec.mode} ${path}`;
  },
};
