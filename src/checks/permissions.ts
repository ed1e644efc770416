// Host check `permissions`: secrets are readable for who needs them and nobody else.
import { LITELLM_ROOT } from '../stack/places.js';
import { type HostCheck, type RoleHost, verdict } from './check.js';

/** mode owner:group by path. */
const WANTED: Partial<Record<RoleHost['role'], Record<string, string>>> = {
  gateway: {
    [LITELLM_ROOT]: '755 root:root',
    [`${LITELLM_ROOT}/releases`]: '755 root:root',
    [`${LITELLM_ROOT}/current`]: '750 root:litellm',
    [`${LITELLM_ROOT}/current/config.yaml`]: '640 root:litellm',
    [`${LITELLM_ROOT}/current/custom_auth.py`]: '640 root:litellm',
    [`${LITELLM_ROOT}/current/litellm.env`]: '600 root:root',
    [`${LITELLM_ROOT}/internal.env`]: '600 root:root',
    [`${LITELLM_ROOT}/keys.json`]: '640 root:litellm',
    '/etc/haproxy/clients.map': '644 root:root',
  },
  backend: { '/etc/hxllm': '755 root:root', '/etc/hxllm/ollama.env': '600 root:root' },
};

/** Where no file at all may be open to others, old releases included. */
const CLOSED: Partial<Record<RoleHost['role'], string>> = { gateway: LITELLM_ROOT, backend: '/etc/hxllm' };

export const permissions: HostCheck = {
  id: 'permissions',
  title: 'Secrets are readable only for who needs them',
  role: 'any',
  hint: 'hxllm deploy --limit HOST',
  script: ({ role }) =>
    [
      `stat -L -c 's %a %U:%G %n' -- ${Object.keys(WANTED[role] ?? {}).join(' ')} 2>&1`,
      `find ${CLOSED[role]} -type f -perm /007 -printf 'open %m %p\\n' 2>/dev/null | head -n 20`,
      `true`,
    ].join('\n'),
  judge(output, { role }) {
    const seen = new Map([...output.matchAll(/^s (\d+ \S+) (.*)$/gm)].map((m) => [m[2], m[1]]));
    const wanted = Object.entries(WANTED[role] ?? {});
    const missing = wanted.map(([path]) => path).filter((path) => !seen.has(path));
    const wrong = wanted.flatMap(([path, want]) => {
      const have = seen.get(path);
      return have === undefined || have === want ? [] : `${path} is ${have}, not ${want}`;
    });
    if (missing.length > 0)
      wrong.unshift(
        `${missing[0]} ${missing.length > 1 ? `and ${missing.length - 1} more are` : 'is'} missing`,
      );
    const open = [...output.matchAll(/^open (\d+) (.*)$/gm)].flatMap(([, mode, path = '']) =>
      path in (WANTED[role] ?? {}) ? [] : `${path} is open to everybody (${mode})`,
    );
    const first = open.length > 0 && wrong.length === 0 ? /^\S+/.exec(open[0] ?? '')?.[0] : undefined;
    return verdict([...wrong, ...open], `${Object.keys(WANTED[role] ?? {}).length} paths as they should be`, {
      ...(first ? { hint: `ssh HOST sudo chmod o= ${first}` } : {}),
    });
  },
};
