// Host check `memory`: the largest model of a backend fits into what its Ollama may use.

import { bytes } from '../bytes.js';
import { readModels, TAGS } from '../services/ollama.js';
import { OLLAMA_UNIT, ollamaAt } from '../stack/places.js';
import type { BackendHost } from '../stack/stack.js';
import type { HostCheck } from './check.js';
import { curls, readCurls } from './curl.js';

/** Weights are not all: context and buffers come on top. */
const SHARE = 1.1;

export const memory: HostCheck<BackendHost> = {
  id: 'memory',
  title: 'The largest model fits into memory',
  role: 'backend',
  doctor: true,
  hint: 'a smaller model or quantization in ollama_models, or more memory',
  script: (host) =>
    [
      `sed -n 's/^MemTotal: *\\([0-9]*\\) kB/total \\1/p' /proc/meminfo`,
      `systemctl show -p MemoryMax ${OLLAMA_UNIT}`,
      `ls /dev/nvidia0 /dev/kfd 2>/dev/null | sed 's/^/gpu /'`,
      curls([[{ id: 'tags', url: `http://${ollamaAt(host)}${TAGS.path}`, seconds: 5 }]]),
    ].join('\n'),
  judge(output) {
    const answer = readCurls(output).get('tags');
    if (!answer) return { status: 'fail', message: 'the host says nothing' };
    if (answer.status !== 200) return { status: 'skip', message: 'Ollama does not say what models it has' };
    const largest = readModels(answer.json).sort((a, b) => b.size - a.size)[0];
    if (!largest) return { status: 'skip', message: 'there is no model' };
    const total = Number(/^total (\d+)$/m.exec(output)?.[1] ?? 0) * 1024;
    const most = Number(/^MemoryMax=(\d+)$/m.exec(output)?.[1] ?? Number.POSITIVE_INFINITY);
    const may = Math.min(total, most);
    const needs = largest.size * SHARE;
    const data = { model: largest.name, needs: Math.round(needs), may };
    const text = `${largest.name} needs about ${bytes(needs)} of ${bytes(may)}${most < total ? ' (MemoryMax of its unit)' : ''}`;
    if (needs <= may) return { status: 'pass', message: text, data };
    // with a GPU its memory counts, which is not seen from here
    return { status: /^gpu /m.test(output) ? 'warn' : 'fail', message: text, data };
  },
};
