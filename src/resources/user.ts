// Kind `user`: a system user with its own group, without a shell.
import { quote } from '../shell.js';
import type { Kind } from './kind.js';

/** In the comment of those that hxllm made: only they go again. */
const MADE = 'made by hxllm';

export interface UserSpec {
  home: string;
  /** Groups joined when they exist on the host: video and render for a GPU. */
  joins?: readonly string[];
}

interface SeenUser {
  comment: string;
}

export const user: Kind<UserSpec, SeenUser> = {
  name: 'user',
  phase: 'stage',
  probe: (resources) =>
    `getent passwd -- ${resources.map((r) => quote(r.id)).join(' ')} | while IFS=: read -r n _ _ _ c _; do echo "$n:$c"; done`,
  read(section) {
    const rows = section.split('\n').filter(Boolean);
    return new Map(rows.map((row) => row.split(':')).map(([name = '', comment = '']) => [name, { comment }]));
  },
  diff: (resource, seen) =>
    seen ? undefined : { resource, action: 'create', title: `user ${resource.id}`, reasons: ['is missing'] },
  remove(resource, seen) {
    if (seen?.comment !== MADE) return undefined;
    const title = `user ${resource.id} with ${resource.spec.home}`;
    return { resource, action: 'remove', title, reasons: ['hxllm made it'] };
  },
  apply({ resource: { id, spec }, action }) {
    if (action === 'remove') return `userdel -- ${quote(id)}\nrm -rf -- ${quote(spec.home)}`;
    const join = (spec.joins ?? []).map(
      (g) => `getent group ${g} >/dev/null && usermod -aG ${g} ${quote(id)}\ntrue`,
    );
    return [
      // a group of the name may be there without the user: useradd would refuse to make it
      `group=--user-group; ! getent group ${quote(id)} >/dev/null || group='--gid ${id}'`,
      `useradd --system $group --comment '${MADE}' --home-dir ${quote(spec.home)} --shell /usr/sbin/nologin ${quote(id)}`,
      ...join,
    ].join('\n');
  },
};
