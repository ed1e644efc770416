// Client check `client-python`: the openai SDK of a Python that the host has.
import { HxError } from '../errors.js';
import { MAX_TOKENS, type Streamed } from '../services/completion.js';
import { parsed } from '../services/http.js';
import { command, quote } from '../shell.js';
import { LITELLM_ROOT } from '../stack/places.js';
import { templateText } from '../templates.js';
import type { HostClient } from './client.js';
import { failedAt } from './client-result.js';
import { trusted } from './curl.js';
import type { Said } from './nonce.js';

/** LiteLLM and Open WebUI bring the SDK; then there is the host's own Python. */
const PYTHONS = `${LITELLM_ROOT}/current/venv/bin/python /opt/open-webui/venvs/*/bin/python python3`;
const HAS_SDK = 'import sys, importlib.util as u; sys.exit(not u.find_spec("openai"))';

/** Three answers, and the start of Python on a busy host. */
const longest = (seconds: number) => 2 * seconds + 60;

export const clientPython: HostClient = {
  id: 'client-python',
  client: 'python',
  title: "Python's openai SDK lists the models, gets an answer and a stream",
  hint: 'does curl get through from there? hxllm verify --clients curl --from HOST; hxllm clients python prints a program to try',
  script({ url, model, words, key, chain, seconds }) {
    const args = [`${url}/v1`, model, words.chat, words.stream, MAX_TOKENS, seconds];
    return [
      `d=$(mktemp -d) || exit 0`,
      `trap 'rm -rf "$d"' EXIT`,
      `t=${chain ? '"$d/trusted"' : "''"}`,
      ...(chain ? [trusted(chain)] : []),
      `program=$(cat <<'END'\n${templateText('verify/client.py')}END\n)`,
      `key=${quote(key.reveal())}`,
      `for p in ${PYTHONS}; do`,
      `  "$p" -I -c ${quote(HAS_SDK)} 2>/dev/null || continue`,
      `  echo "python $p"`,
      // -I: neither PYTHONPATH nor the working directory gets in
      `  printf '%s\\n' "$key" | timeout ${longest(seconds)} "$p" -I -c "$program" ${command(...args)} "$t" 2>&1`,
      `  exit 0`,
      `done`,
      `echo 'python none'`,
    ].join('\n');
  },
  read(output, { gateway }) {
    if (/^python none$/m.test(output)) throw none(gateway);
    const seen = parsed(/^seen (.*)$/m.exec(output)?.[1] ?? '') as Told | undefined;
    if (!seen) throw failedAt('models', output.trim().split('\n').at(-1) || 'Python did not run');
    const { version, models, chat, stream, at, failed } = seen;
    if (failed !== undefined || !models || !chat || !stream)
      throw failedAt(at, failed ?? 'Python did not end');
    return { version, models, chat, stream: { ...stream, tokensPerSecond: undefined } };
  },
};

interface Told {
  version: string;
  models?: string[];
  chat?: Said;
  stream?: Omit<Streamed, 'tokensPerSecond'>;
  /** The step that began last. */
  at: 'models' | 'chat' | 'stream';
  failed?: string;
}

function none(gateway: string): HxError {
  return new HxError({
    code: 'check',
    message: 'no Python of this host has the openai SDK',
    hint: `a gateway has it: hxllm verify --clients python --from ${gateway}; or install it for python3 of HOST`,
  });
}
