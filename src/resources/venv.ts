// Kind `venv`: an immutable virtual environment made from one lock with hashes. Another lock is another folder.
import { quote } from '../shell.js';
import { compile } from './bytecode.js';
import type { Kind } from './kind.js';
import { uvPath } from './uv.js';

export interface VenvSpec {
  /** The lock on the control node. */
  lock: { path: string; sha256: string };
  uvVersion: string;
  /** Versions that may be used, best first, e.g. ['3.12'] or ['3.11', '3.12', '3.13', '3.14']. */
  pythons: readonly string[];
  /** What to do when none of them is there. */
  hint: string;
  /** The lock leaves out what its packages ask for. */
  noDependencies?: true;
  /** In its site-packages: what its program does not load when it starts. Its bytecode is left to kind `bytecode`. */
  later: readonly string[];
  indexUrl?: string;
  findLinks?: string;
}

interface SeenVenv {
  /** `gone`: it is, but the Python that it was made with is not, as after an upgrade of the distribution. */
  state: 'complete' | 'gone' | 'none';
  pythons: string[];
}

const SPACE = 1_100_000_000;

export const venv: Kind<VenvSpec, SeenVenv> = {
  name: 'venv',
  phase: 'stage',
  packages: ['python3', 'python3-venv'],
  probe: (resources) =>
    `found=; for p in /usr/bin/python3.[0-9]* /usr/local/bin/python3.[0-9]*; do case "$p" in *[!0-9]) ;; *) [ -x "$p" ] && found="$found \${p##*/python}" ;; esac; done\n` +
    resources
      .map(
        (r) =>
          `c=none; [ -e ${quote(`${r.id}/.hxllm-complete`)} ] && c=gone && [ -x ${quote(`${r.id}/bin/python`)} ] && c=complete; echo "${r.id}|$c|$found"`,
      )
      .join('\n'),
  read(section) {
    const rows = section
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('|'));
    return new Map(
      rows.map(([id = '', state, found = '']) => [
        id,
        { state: state as SeenVenv['state'], pythons: found.trim().split(/\s+/).filter(Boolean) },
      ]),
    );
  },
  diff(resource, seen) {
    if (seen?.state === 'complete') return undefined;
    const { lock, pythons } = resource.spec;
    const there = seen?.pythons ?? [];
    // a host without any Python gets the distribution's with the packages
    const refused = there.length > 0 && !there.some((version) => pythons.includes(version));
    const message = `no Python ${pythons.join(' or ')} on the host; there is ${there.join(', ')}`;
    return {
      resource,
      action: 'create',
      title: `venv ${resource.id}`,
      reasons: [seen?.state === 'gone' ? 'its Python is gone' : 'is missing'],
      uploads: [{ local: lock.path, remote: uploadOf(lock.sha256), sha256: lock.sha256 }],
      needs: { path: '/opt', bytes: SPACE },
      ...(refused ? { refused: { message, hint: resource.spec.hint } } : {}),
    };
  },
  apply({ resource: { id, spec } }) {
    const path = quote(id);
    const where = [
      ...(spec.indexUrl ? ['--default-index', spec.indexUrl] : []),
      ...(spec.findLinks ? ['--find-links', spec.findLinks] : []),
    ];
    return [
      `python=; for v in ${spec.pythons.join(' ')}; do for p in /usr/bin/python$v /usr/local/bin/python$v; do [ -x $p ] && python=$p && break 2; done; done`,
      `[ -n "$python" ] || { echo 'no Python ${spec.pythons.join(' or ')} on the host'; exit 1; }`,
      `export UV_SYSTEM_CERTS=1 UV_CACHE_DIR=/var/cache/hxllm/uv UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1`,
      `rm -rf ${path}`,
      `umask 022`,
      `${uvPath(spec.uvVersion)} venv -q --python "$python" ${path}`,
      `progress "installing packages for $("$python" -V)"`,
      `${uvPath(spec.uvVersion)} pip install -q --python ${path}/bin/python --require-hashes${spec.noDependencies ? ' --no-deps' : ''} --only-binary :all: ${where.map(quote).join(' ')} -r ${uploadOf(spec.lock.sha256)} || { rm -rf ${path}; exit 1; }`,
      // the compromised releases plant this file (docs/traps.md, litellm)
      `[ -z "$(find ${path} -name litellm_init.pth | head -n 1)" ] || { echo 'litellm_init.pth found: a compromised package'; rm -rf ${path}; exit 1; }`,
      compile(id, spec.later),
      `touch ${path}/.hxllm-complete`,
    ].join('\n');
  },
};

function uploadOf(sha256: string): string {
  return `/var/lib/hxllm/uploads/${sha256}.lock`;
}
