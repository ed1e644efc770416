// What LiteLLM is installed from: packages, user, uv and the venv of one lock.
import type { Handler, Resource } from '../../resources/kind.js';
import { templateText } from '../../templates.js';
import { laterOf, lockOf, UV_VERSION } from '../lock.js';

/** LiteLLM's wheels and our locks cover these; the guide's own two come first. */
const PYTHONS = ['3.12', '3.11', '3.13', '3.14'];
const NEEDS_PYTHON =
  'install one of them from the distribution, or set litellm_python_version to one that is there';
/** jq is there for people: the guide's support commands use it. */
const PACKAGES = ['ca-certificates', 'curl', 'haproxy', 'jq', 'python3', 'python3-venv', 'socat'];

export function installation(
  vars: Record<string, unknown>,
  notify: readonly Handler[],
): { install: Resource[]; venv: string } {
  const lock = lockOf('litellm', vars, String(vars.litellm_version));
  const python = vars.litellm_python_version as string | undefined;
  const venv = `/opt/litellm/venvs/${lock.sha256.slice(0, 12)}${python ? `-py${python}` : ''}`;
  const source = {
    ...(vars.litellm_index_url ? { indexUrl: vars.litellm_index_url as string } : {}),
    ...(vars.litellm_find_links ? { findLinks: vars.litellm_find_links as string } : {}),
  };
  const root = { mode: '0755', owner: 'root', group: 'root' };
  const requirements = templateText('uv/requirements.txt');
  const install: Resource[] = [
    { kind: 'packages', id: 'packages', spec: { names: PACKAGES } },
    { kind: 'user', id: 'litellm', spec: { home: '/var/lib/litellm' }, data: true },
    { kind: 'directory', id: '/opt/litellm', spec: root },
    { kind: 'directory', id: '/opt/litellm/venvs', spec: { ...root, owns: true } },
    { kind: 'uv', id: 'uv', spec: { version: UV_VERSION, requirements, ...source } },
    {
      kind: 'venv',
      id: venv,
      spec: {
        lock,
        uvVersion: UV_VERSION,
        pythons: python ? [python] : PYTHONS,
        hint: NEEDS_PYTHON,
        later: laterOf('litellm'),
        ...source,
      },
      notify,
    },
    { kind: 'bytecode', id: venv, spec: {} },
  ];
  return { install, venv };
}
