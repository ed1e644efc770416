// Kind `generated`: a secret file that the host makes once and nobody ever sees or changes.
import { quote } from '../shell.js';
import { ownership, readFiles, type SeenFile } from './content.js';
import type { Kind } from './kind.js';
import { tidy } from './original.js';

export interface GeneratedSpec {
  /** The line is this prefix and 64 random hexadecimal digits. */
  prefix: string;
  mode: string;
  owner: string;
  group: string;
}

export const generated: Kind<GeneratedSpec, SeenFile> = {
  name: 'generated',
  phase: 'stage',
  files: (resources) => resources.map(({ id }) => ({ path: id })),
  read: (section) => readFiles(section),
  diff(resource, seen) {
    const title = `secret ${resource.id}`;
    if (!seen) return { resource, action: 'create', title, reasons: ['is made once, on the host'] };
    const reasons = ownership(seen, resource.spec);
    return reasons.length > 0 ? { resource, action: 'update', title, reasons } : undefined;
  },
  remove: (resource, seen) =>
    seen && {
      resource,
      action: 'remove',
      title: `secret ${resource.id}`,
      reasons: ['was made on the host'],
    },
  apply({ resource: { id, spec }, action }) {
    const path = quote(id);
    if (action === 'remove') return `rm -f -- ${path}\n${tidy(id)}`;
    const part = quote(`${id}.hxllm-new`);
    const own = (file: string) => `chown ${spec.owner}:${spec.group} ${file}\nchmod ${spec.mode} ${file}`;
    if (action === 'update') return own(path);
    const random = `$(od -An -N32 -tx1 /dev/urandom | tr -d ' \\n')`;
    return `rm -f ${part}\n(umask 077; printf '%s%s\\n' ${quote(spec.prefix)} "${random}" > ${part})\n${own(part)}\nmv -fT ${part} ${path}`;
  },
};
