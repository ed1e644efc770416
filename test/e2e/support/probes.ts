// Two clients who ask one chat after the other, one on a kept connection, one on new ones: never more than two at once.
import { Agent, request } from 'node:http';
import { nonce } from '../../../src/checks/nonce.js';
import { sleep } from '../../../src/retry.js';

export interface Probed {
  asked: number;
  failed: string[];
  longestGapMs: number;
}

const PAUSE_MS = 1000;

/** Starts at once; `stop` waits for the last answers. */
export function probes(url: string, model: string, key: string): { stop(): Promise<Probed> } {
  const seen: Probed = { asked: 0, failed: [], longestGapMs: 0 };
  const [kept, start] = [new Agent({ keepAlive: true }), Date.now()];
  let [last, over] = [start, false];
  const client = async (agent: Agent | false) => {
    while (!over) {
      const at = Date.now() - start;
      seen.asked++;
      await ask(url, model, key, agent).catch((error: Error) => {
        seen.failed.push(`at ${at} ms: ${error.message}`);
      });
      seen.longestGapMs = Math.max(seen.longestGapMs, Date.now() - last);
      last = Date.now();
      await sleep(PAUSE_MS);
    }
  };
  const clients = [client(kept), client(false)];
  return {
    async stop() {
      over = true;
      await Promise.all(clients);
      kept.destroy();
      return seen;
    },
  };
}

function ask(url: string, model: string, key: string, agent: Agent | false): Promise<void> {
  const word = nonce();
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: word }] });
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, agent, timeout: 120_000 };
    const sending = request(`${url}/v1/chat/completions`, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      answer.on('error', reject).on('end', () => {
        if (answer.statusCode === 200 && text.includes(word)) resolve();
        else reject(new Error(`${answer.statusCode} ${text.slice(0, 200)}`));
      });
    });
    sending.on('timeout', () => sending.destroy(new Error('no answer in 120 s'))).on('error', reject);
    sending.end(body);
  });
}
