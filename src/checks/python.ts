// Host check `python`: the Python that LiteLLM runs on is one that it supports and the one that was asked for.
import { LITELLM_ROOT } from '../stack/places.js';
import type { GatewayHost } from '../stack/stack.js';
import { type HostCheck, verdict } from './check.js';

const VENV = `${LITELLM_ROOT}/current/venv`;
const OLDEST = [3, 11];
const NEWEST = [3, 14];

export const python: HostCheck<GatewayHost> = {
  id: 'python',
  title: 'LiteLLM runs on a supported Python',
  role: 'gateway',
  hint: 'ssh HOST ls /usr/bin/python3.*; set litellm_python_version to 3.11 or 3.12, then: hxllm deploy --limit HOST',
  script: () =>
    `sed -n 's/^version[_a-z]* *= */python /p' ${VENV}/pyvenv.cfg 2>&1; [ -x ${VENV}/bin/python ] || echo "gone $(readlink -m ${VENV}/bin/python)"`,
  judge(output, { vars }) {
    const [, seen = '', major = '', minor = ''] = /^python ((\d+)\.(\d+)[\w.]*)/m.exec(output) ?? [];
    if (!seen)
      return { status: 'fail', message: `the venv does not say its Python: ${output.trim() || 'no output'}` };
    const gone = /^gone (.*)$/m.exec(output)?.[1];
    if (gone) return { status: 'fail', message: `Python ${seen} is gone: there is no ${gone}` };
    const asked = vars.litellm_python_version as string | undefined;
    const [at, oldest, newest] = [Number(minor), OLDEST[1] as number, NEWEST[1] as number];
    const wrong = [
      ...(Number(major) !== 3 || at < oldest || at > newest
        ? [`Python ${seen} is not among ${OLDEST.join('.')} to ${NEWEST.join('.')}`]
        : []),
      ...(asked && asked !== `${major}.${minor}`
        ? [`Python is ${seen}, litellm_python_version is ${asked}`]
        : []),
    ];
    return verdict(wrong, `Python ${seen}`, { data: { python: seen } });
  },
};
