// A bounded load on a gateway: an open loop of chats with nonces, half on kept connections, every fifth streamed, no retry.
import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';

export interface LoadOptions {
  /** http://10.88.x.11:4000 */
  url: string;
  model: string;
  /** Asked for each request: keys may change while it runs. */
  key: () => string;
  perSecond: number;
  /** It ends by itself after this, whatever happens. */
  forMs: number;
}

export interface Loaded {
  sent: number;
  /** Why each failed one failed, with its time since the start. */
  failed: string[];
  /** The longest time between two good answers. */
  longestGapMs: number;
}

/** Starts at once; `stop` waits for the answers that are on their way. */
export function load(options: LoadOptions): { stop(): Promise<Loaded> } {
  const kept = new Agent({ keepAlive: true });
  const start = Date.now();
  const failed: string[] = [];
  const under = new Set<Promise<void>>();
  let [sent, lastGood, gap] = [0, start, 0];
  const one = async (number: number) => {
    const at = Date.now() - start;
    try {
      await ask(options, number, number % 2 === 0 ? kept : undefined);
      gap = Math.max(gap, Date.now() - lastGood);
      lastGood = Date.now();
    } catch (error) {
      failed.push(`at ${at} ms: ${(error as Error).message}`);
    }
  };
  const timer = setInterval(() => {
    if (Date.now() - start > options.forMs) return clearInterval(timer);
    const answer = one(sent++).finally(() => under.delete(answer));
    under.add(answer);
  }, 1000 / options.perSecond);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(under);
      kept.destroy();
      return { sent, failed, longestGapMs: gap };
    },
  };
}

function ask({ url, model, key }: LoadOptions, number: number, agent: Agent | undefined): Promise<void> {
  const nonce = `hxllm-${randomBytes(5).toString('hex')}`;
  const stream = number % 5 === 0;
  const body = JSON.stringify({ model, stream, messages: [{ role: 'user', content: nonce }] });
  const headers = {
    authorization: `Bearer ${key()}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const sending = request(
      `${url}/v1/chat/completions`,
      { method: 'POST', headers, agent: agent ?? false, timeout: 120_000 },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part) => (text += part));
        answer.on('error', reject).on('end', () => {
          const said = stream
            ? streamed(text)
            : answer.statusCode === 200
              ? JSON.parse(text).choices[0].message.content
              : '';
          if (answer.statusCode === 200 && said === nonce) resolve();
          else reject(new Error(`${answer.statusCode} ${stream ? 'streamed ' : ''}${text.slice(0, 200)}`));
        });
      },
    );
    sending.on('timeout', () => sending.destroy(new Error('no answer in 120 s'))).on('error', reject);
    sending.end(body);
  });
}

/** The text of a stream that was whole: it ends with [DONE]. */
function streamed(text: string): string {
  const events = text.split('\n').filter((line) => line.startsWith('data: '));
  if (events.at(-1) !== 'data: [DONE]') return '';
  return events
    .slice(0, -1)
    .map((line) => JSON.parse(line.slice(6)).choices[0]?.delta?.content ?? '')
    .join('');
}
