// Reads argv and environment of every process of this machine, its lab hosts' too, over and over, and tells which text it saw where.
// stdin: one line of JSON, name → text; at its end the result is printed. It holds the texts in no argv and no environment itself.
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const PLACES = { argv: 'cmdline', environment: 'environ' };
/** LiteLLM is given the keys of other providers in its environment: that is where they belong. */
const IS_LITELLM = /\/litellm(-standby)?\.service/;

const seen = new Set();
let sweeps = 0;
let ended = false;

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

function look(pid, texts) {
  for (const [place, file] of Object.entries(PLACES)) {
    const text = read(pid, file);
    for (const [name, secret] of texts) {
      if (!text.includes(secret) || (place === 'environment' && IS_LITELLM.test(read(pid, 'cgroup'))))
        continue;
      seen.add(`${name} in ${place} of ${read(pid, 'comm').trim()}`);
    }
  }
}

function sweep(texts) {
  for (const pid of readdirSync('/proc')) if (/^\d+$/.test(pid)) look(pid, texts);
  sweeps++;
  if (!ended) setTimeout(sweep, 5, texts);
  else process.stdout.write(JSON.stringify({ sweeps, seen: [...seen].sort() }));
}

createInterface({ input: process.stdin })
  .once('line', (line) => sweep(Object.entries(JSON.parse(line))))
  .once('close', () => {
    ended = true;
  });
