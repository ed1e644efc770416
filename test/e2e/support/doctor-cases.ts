// Why a service does not start: each cause made for real on a deployed host, and what doctor must say of it.
import { BACKENDS, GATEWAY } from './stack.js';

const FIRST = BACKENDS[0] as string;

interface Cause {
  what: string;
  host: string;
  unit: string;
  breaks: string;
  mends: string;
  says: RegExp;
  hint: RegExp;
  /** Only in the full run. */
  slow?: true;
}

const runtime = (unit: string) => `/run/systemd/system/${unit}.service.d/broken.conf`;
export const dropIn = (unit: string, lines: string) =>
  `mkdir -p ${runtime(unit).replace(/\/[^/]*$/, '')}; printf '[Service]\\n${lines}\\n' > ${runtime(unit)}; systemctl daemon-reload; systemctl restart ${unit}`;
export const mended = (unit: string) =>
  `rm -f ${runtime(unit)}; systemctl daemon-reload; systemctl reset-failed ${unit}; systemctl restart ${unit}`;
const thief = (unit: string, port: number) =>
  `systemctl stop ${unit}; systemd-run -q --unit=thief python3 -m http.server ${port}; sleep 1`;

const CONFIG = '/etc/litellm/current/config.yaml';

export const CAUSES: Cause[] = [
  {
    what: 'another program has its port',
    host: FIRST,
    unit: 'ollama',
    breaks: `${thief('ollama', 11434)}; ${dropIn('ollama', 'Restart=no')}`,
    mends: `systemctl stop thief; ${mended('ollama')}`,
    says: /its port is taken: .*address already in use/,
    hint: /ss -ltnp/,
  },
  {
    what: 'its program is gone',
    host: FIRST,
    unit: 'ollama',
    breaks: `mv /usr/local/bin/ollama /root/ollama; ${dropIn('ollama', 'Restart=no')}`,
    mends: `mv /root/ollama /usr/local/bin/ollama; ${mended('ollama')}`,
    says: /its program or its Python is gone: .*\/usr\/local\/bin\/ollama: No such file/,
    hint: /hxllm deploy --limit hx-llm01/,
  },
  {
    what: 'its folder is closed to it',
    host: FIRST,
    unit: 'ollama',
    breaks: `chown root: /var/lib/ollama/models; ${dropIn('ollama', 'Restart=no')}; sleep 1`,
    mends: `chown ollama: /var/lib/ollama/models; ${mended('ollama')}`,
    says: /it may not read or write what it needs: .*permission denied/i,
    hint: /permissions --limit hx-llm01/,
  },
  {
    what: 'it runs out of memory',
    host: FIRST,
    unit: 'ollama',
    breaks: `${dropIn('ollama', 'Restart=no\\nLimitAS=100M')}; sleep 2`,
    mends: mended('ollama'),
    says: /it ran out of memory/,
    hint: /MemoryMax of ollama/,
  },
  {
    what: 'another program has the port of clients',
    host: GATEWAY,
    unit: 'haproxy',
    breaks: `${thief('haproxy', 4000)}; systemctl start haproxy`,
    mends: `systemctl stop thief; ${mended('haproxy')}`,
    says: /its port is taken: .*cannot bind socket.*4000/i,
    hint: /ss -ltnp/,
  },
  {
    what: '/etc/litellm is closed to it',
    host: GATEWAY,
    unit: 'litellm',
    breaks: 'chmod 0700 /etc/litellm; systemctl restart litellm',
    mends: `chmod 0755 /etc/litellm; ${mended('litellm')}`,
    says: /it may not read or write what it needs: .*\/etc\/litellm\/\S+: Permission denied/,
    hint: /permissions --limit hx-api/,
  },
  {
    // LiteLLM itself starts with a key that its provider refuses
    what: 'somebody refuses its key',
    host: GATEWAY,
    unit: 'litellm',
    breaks: dropIn(
      'litellm',
      'Restart=no\\nExecStart=\\nExecStart=/bin/sh -c "echo litellm.AuthenticationError: invalid api key; exit 1"',
    ),
    mends: mended('litellm'),
    says: /a key is refused: litellm\.AuthenticationError/,
    hint: /litellm_environment and litellm_models/,
  },
  {
    // it takes some seconds to fail, and runs when one looks
    what: 'its configuration is none, and it starts again and again',
    host: GATEWAY,
    unit: 'litellm',
    breaks: `cp -p ${CONFIG} /root/config; echo '  - [' >> ${CONFIG}; ${dropIn('litellm', 'RestartSec=100ms')}
for i in $(seq 200); do [ "$(systemctl show -P NRestarts litellm)" -gt 1 ] && break; sleep 0.2; done; sleep 1`,
    mends: `cat /root/config > ${CONFIG}; ${mended('litellm')}`,
    says: /its configuration is wrong: .*(; started again \d+ times, the last time \d+ s ago)?$/,
    hint: /hxllm plan --limit hx-api/,
    slow: true,
  },
];
