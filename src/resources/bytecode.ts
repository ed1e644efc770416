// Kind `bytecode`: that of a whole virtual environment, made while its program starts already.
import { quote } from '../shell.js';
import type { Kind } from './kind.js';
import { readPresent } from './present.js';

const markOf = (venv: string) => quote(`${venv}/.hxllm-bytecode`);

/**
 * bash that compiles what is in a venv, on all cores, but for these paths in its site-packages. What cannot be compiled
 * is a package's file for another Python. Without bytecode a root-owned venv is compiled anew at every start; the pool
 * that compileall has of its own is no faster than one process (docs/traps.md).
 */
export function compile(venv: string, except: readonly string[] = []): string {
  const escaped = except.map((path) => path.replace(/[.+]/g, '\\$&'));
  const but =
    except.length > 0 ? ` | grep -vE ${quote(`/site-packages/(${escaped.join('|')})(/|\\.py$)`)}` : '';
  const some = `nice ${quote(`${venv}/bin/python`)} -I -m compileall -q`;
  return `umask 022
said=$(find ${quote(`${venv}/lib`)} -name '*.py'${but} | xargs -P "$(nproc)" -n 250 ${some} 2>&1) || case "$said" in *'No space left'*) tail -n 3 <<<"$said"; exit 1 ;; esac`;
}

/** Its id is the venv's folder. */
export const bytecode: Kind<Record<string, never>, true> = {
  name: 'bytecode',
  phase: 'stage',
  lasting: true,
  packages: [],
  probe: (resources) =>
    `${resources.map(({ id }) => `[ -x ${quote(`${id}/bin/python`)} ] && [ -e ${markOf(id)} ] && echo ${quote(id)}`).join('\n')}\ntrue`,
  read: (section) => readPresent(section),
  diff: (resource, seen) =>
    seen
      ? undefined
      : { resource, action: 'create', title: `bytecode ${resource.id}`, reasons: ['is missing'] },
  apply: ({ resource: { id } }) => `${compile(id)}\ntouch ${markOf(id)}`,
};
