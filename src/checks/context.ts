// Host check `context`: prompts that were longer than the model's context, which Ollama cuts without a word to the client.
import { OLLAMA_UNIT } from '../stack/places.js';
import type { BackendHost } from '../stack/stack.js';
import type { HostCheck } from './check.js';

export const context: HostCheck<BackendHost> = {
  id: 'context',
  title: 'Prompts are read whole',
  role: 'backend',
  doctor: true,
  hint: 'ollama_context_length: more tokens take more memory; or shorter prompts',
  // source of the line: Ollama's runner, msg="truncating input prompt" limit=35 prompt=3096
  script: () =>
    `journalctl -q --no-pager -u ${OLLAMA_UNIT} --since '-24h' -o cat | awk '/truncating input prompt/ {
  n++; match($0, / prompt=[0-9]+/); p = substr($0, RSTART + 8, RLENGTH - 8) + 0; if (p > most) most = p
  match($0, / limit=[0-9]+/); l = substr($0, RSTART + 7, RLENGTH - 7) }
END { print "cut " n + 0 " " most + 0 " " l + 0 }'`,
  judge(output, { vars }) {
    const [, times, longest, limit] = (/^cut (\d+) (\d+) (\d+)$/m.exec(output) ?? []).map(Number);
    if (times === undefined)
      return { status: 'fail', message: `the journal of ${OLLAMA_UNIT} cannot be read` };
    if (times === 0) return { status: 'pass', message: 'none was cut in the last day' };
    const set = vars.ollama_context_length;
    return {
      status: 'warn',
      message: `${times} prompt${times === 1 ? ' was' : 's were'} cut in silence in the last day: the longest had ${longest} tokens, ${limit} were left (ollama_context_length is ${set ?? "Ollama's own choice"})`,
      data: { times, longest, limit },
    };
  },
};
