// Host check `version`: LiteLLM is the planned release, none that is known to be vulnerable, and the process runs from the current one.
import { REFUSED_VERSIONS } from '../stack/gateway-variables.js';
import { LITELLM_ROOT, LITELLM_UNIT } from '../stack/places.js';
import type { GatewayHost } from '../stack/stack.js';
import { weaknessesOf } from '../stack/weaknesses.js';
import { type HostCheck, type Result, verdict } from './check.js';

export interface SeenVersion {
  /** Of the current release's venv. */
  venv: string;
  litellm: string;
  /** Interpreter of the running process, which names its venv. */
  runs: string;
}

/** sh without Python: its own `--version` takes seconds (docs/traps.md, litellm). */
export const probeVersion = [
  `v=$(readlink -f ${LITELLM_ROOT}/current/venv) && echo "venv $v"`,
  `for d in "$v"/lib/python3.*/site-packages/litellm-*.dist-info; do d=\${d%.dist-info}; echo "litellm \${d##*/litellm-}"; done`,
  `p=$(systemctl show -p MainPID --value ${LITELLM_UNIT}); [ "\${p:-0}" -gt 0 ] && echo "runs $(tr '\\0' '\\n' < /proc/$p/cmdline | head -n 1)"`,
  `true`,
].join('\n');

export function readVersion(output: string): SeenVersion {
  const get = (key: string) => new RegExp(`^${key} (.*)$`, 'm').exec(output)?.[1] ?? '';
  const litellm = get('litellm');
  return { venv: get('venv'), litellm: litellm === '*' ? '' : litellm, runs: get('runs') };
}

const NEWER =
  'leave litellm_lock out, or make one of a newer release (docs/versions.md); then: hxllm deploy --limit HOST';

export const version: HostCheck<GatewayHost> = {
  id: 'version',
  title: 'LiteLLM is the planned version and runs from the current release',
  role: 'gateway',
  hint: 'hxllm deploy --limit HOST',
  script: () => probeVersion,
  judge(output, { vars }): Result {
    const { venv, litellm, runs } = readVersion(output);
    // an own lock says the version itself
    const planned = vars.litellm_lock ? undefined : String(vars.litellm_version);
    const wrong: string[] = [];
    if (!litellm) wrong.push(`no LiteLLM in ${venv || `${LITELLM_ROOT}/current/venv`}`);
    else if (planned && litellm !== planned) wrong.push(`LiteLLM is ${litellm}, planned is ${planned}`);
    const refused = REFUSED_VERSIONS[litellm];
    if (refused) wrong.push(`LiteLLM ${litellm} ${refused}`);
    if (!runs) wrong.push('LiteLLM does not run');
    else if (venv && !runs.startsWith(`${venv}/`))
      wrong.push(`the process runs from ${runs.replace(/\/bin\/[^/]*$/, '')}, not from ${venv}`);
    const weak = (litellm ? weaknessesOf(litellm) : []).map(
      (weakness) => `LiteLLM ${litellm} has ${weakness}`,
    );
    if (weak.length > 0)
      return {
        status: wrong.length > 0 ? 'fail' : 'warn',
        message: [...wrong, ...weak].join('; '),
        ...(wrong.length > 0 ? {} : { hint: NEWER }),
        data: { litellm, venv, runs },
      };
    return verdict(wrong, `LiteLLM ${litellm} from ${venv}`, { data: { litellm, venv, runs } });
  },
};
