// What Open WebUI is installed from: packages, uv and the venv of one lock.
import type { Resource } from '../../resources/kind.js';
import { templateText } from '../../templates.js';
import { laterOf, lockOf, UV_VERSION } from '../lock.js';

/** The release that a fresh install gets. */
const NEWEST = '0.12.4';
/** Its wheel says so, and uv does not look (docs/traps.md, open-webui). */
const PYTHONS = ['3.12', '3.11'];
const FOLDER = { mode: '0755', owner: 'root', group: 'root' };

export function softwareOf(vars: Record<string, unknown>): { software: Resource[]; venv: string } {
  const lock = lockOf('open-webui', vars, String(vars.webui_version ?? NEWEST));
  const venv = `/opt/open-webui/venvs/${lock.sha256.slice(0, 12)}`;
  const source = {
    ...(vars.litellm_index_url ? { indexUrl: vars.litellm_index_url as string } : {}),
    ...(vars.litellm_find_links ? { findLinks: vars.litellm_find_links as string } : {}),
  };
  const requirements = templateText('uv/requirements.txt');
  const spec = {
    lock,
    uvVersion: UV_VERSION,
    pythons: PYTHONS,
    // the wheel asks for what the slim install leaves out
    noDependencies: true,
    later: laterOf('open-webui'),
    hint: 'Debian 13 has 3.13 only: add Python 3.11 of Debian 12 there, or put Open WebUI on another host',
    ...source,
  };
  const names = ['ca-certificates', 'curl', 'python3', 'python3-venv'];
  const software: Resource[] = [
    { kind: 'packages', id: 'packages', spec: { names } },
    { kind: 'directory', id: '/opt/open-webui', spec: FOLDER },
    { kind: 'directory', id: '/opt/open-webui/venvs', spec: { ...FOLDER, owns: true } },
    { kind: 'uv', id: 'uv', spec: { version: UV_VERSION, requirements, ...source } },
    { kind: 'venv', id: venv, spec },
    { kind: 'bytecode', id: venv, spec: {} },
  ];
  return { software, venv };
}
