// Kind `uv`: the installer of Python packages, of one version with one hash, in a folder of its own.
import { quote } from '../shell.js';
import type { Kind } from './kind.js';
import { readPresent } from './present.js';

export interface UvSpec {
  version: string;
  /** Lines for `pip install --require-hashes`. */
  requirements: string;
  indexUrl?: string;
  findLinks?: string;
}

export function uvPath(version: string): string {
  return `/opt/hxllm/uv-${version}/bin/uv`;
}

export const uv: Kind<UvSpec, true> = {
  name: 'uv',
  phase: 'stage',
  packages: ['python3', 'python3-venv'],
  probe: (resources) =>
    resources.map((r) => `[ -x ${uvPath(r.spec.version)} ] && echo ${r.id}`).join('\n') + '\ntrue',
  read: (section) => readPresent(section),
  diff: (resource, seen) =>
    seen
      ? undefined
      : { resource, action: 'create', title: `uv ${resource.spec.version}`, reasons: ['is missing'] },
  remove: (resource, seen) =>
    seen && { resource, action: 'remove', title: `uv ${resource.spec.version}`, reasons: ['with its cache'] },
  apply({ resource: { spec }, action }) {
    if (action === 'remove') return 'rm -rf /opt/hxllm /var/cache/hxllm';
    const folder = `/opt/hxllm/uv-${spec.version}`;
    const where = [
      ...(spec.indexUrl ? ['--index-url', spec.indexUrl] : []),
      ...(spec.findLinks ? ['--find-links', spec.findLinks] : []),
    ];
    return [
      `mkdir -p /opt/hxllm; rm -rf ${folder}`,
      `trap '[ -n "$done" ] || rm -rf ${folder}' EXIT; done=`,
      // pip is run as the distribution keeps it: to install it for this one call takes longer than the call
      `/usr/bin/python3 -m venv --without-pip ${folder}`,
      `pip=$(echo /usr/share/python-wheels/pip-*.whl)`,
      `printf %s ${quote(spec.requirements)} > ${folder}/requirements.txt`,
      `PYTHONPATH=$pip ${folder}/bin/python -m pip install -q --disable-pip-version-check --only-binary :all: --require-hashes ${where.map(quote).join(' ')} -r ${folder}/requirements.txt`,
      'done=1',
    ].join('\n');
  },
};
