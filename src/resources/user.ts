// Kind `user`: a system user with its own group, without a shell.
import { quote } from '../shell.js';
import type { Kind } from './kind.js';

export interface UserSpec {
  home: string;
  /** Groups joined when they exist on the host: video and render for a GPU. */
  joins?: readonly string[];
}

export const user: Kind<UserSpec, true> = {
  name: 'user',
  phase: 'stage',
  probe: (resources) => `getent passwd -- ${resources.map((r) => quote(r.id)).join(' ')} | cut -d: -f1`,
  read: (section) =>
    new Map(
      section
        .split('\n')
        .filter(Boolean)
        .map((name) => [name, true]),
    ),
  diff: (resource, seen) =>
    seen ? undefined : { resource, action: 'create', title: `user ${resource.id}`, reasons: ['is missing'] },
  apply({ resource: { id, spec } }) {
    const join = (spec.joins ?? []).map(
      (g) => `getent group ${g} >/dev/null && usermod -aG ${g} ${quote(id)}\ntrue`,
    );
    return [
      // a group of the name may be there without the user: useradd would refuse to make it
      `group=--user-group; ! getent group ${quote(id)} >/dev/null || group='--gid ${id}'`,
      `useradd --system $group --home-dir ${quote(spec.home)} --shell /usr/sbin/nologin ${quote(id)}`,
      ...join,
    ].join('\n');
  },
};
