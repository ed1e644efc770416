// A bounded load on a gateway: an open loop of chats with nonces, half on kept connections, every fifth streamed, no retry; and long streams.
import { type ClientRequest, Agent as HttpAgent, request as http } from 'node:http';
import { Agent as HttpsAgent, request as https } from 'node:https';
import { nonce } from '../../src/checks/nonce.js';
import { SLOW } from './slow-ollama.js';

export interface LoadOptions {
  /** http://10.88.x.11:4000 */
  url: string;
  model: string;
  /** Asked for each request: keys may change while it runs. */
  key: () => string;
  perSecond: number;
  /** It ends by itself after this, whatever happens. */
  forMs: number;
  /** Default true; false for a server that closes connections which clients keep. */
  kept?: boolean;
  /** For https: what is trusted, and the name that the certificate must have. */
  tls?: { ca: string; servername: string };
}

export interface Loaded {
  sent: number;
  /** Why each failed one failed, with its time since the start. A stream of which a part had come is among `cut`. */
  failed: string[];
  /** The longest time between two good answers. */
  longestGapMs: number;
  /** Long streams that ran in this lap. */
  streams: number;
  /** Why each stream that had begun was not whole. */
  cut: string[];
}

export interface Load {
  /** Starts a stream of so many seconds; the backend must be a slow one (slow-ollama.ts). */
  stream(seconds: number): void;
  /** What there was since the last lap, when all that was sent in it is answered; long streams go on. */
  lap(): Promise<Loaded>;
  /** Waits for all answers that are on their way, long streams too. */
  stop(): Promise<Loaded>;
  /** Every request with its times in ms since 1970, as they end. */
  readonly seen: { from: number; to: number; good: boolean }[];
}

/** A piece of an answer had come before it broke off. */
class Cut extends Error {}

/** Starts at once. */
export function load(options: LoadOptions): Load {
  const kept = options.tls ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const start = Date.now();
  const long = new Set<Promise<void>>();
  const seen: Load['seen'] = [];
  const fresh = () => ({ loaded: empty(long.size), lastGood: Date.now(), under: new Set<Promise<void>>() });
  let number = 0;
  let lap = fresh();
  const bad = (loaded: Loaded, since: number, error: unknown) =>
    void (error instanceof Cut ? loaded.cut : loaded.failed).push(
      `at ${since} ms: ${(error as Error).message}`,
    );
  const one = async (own: typeof lap, at: number) => {
    const from = Date.now();
    const word = nonce();
    const asked = {
      text: word,
      want: word,
      stream: at % 5 === 0,
      agent: options.kept !== false && at % 2 === 0 ? kept : (false as const),
    };
    const why = await ask(options, asked).catch((error: unknown) => error);
    const to = Date.now();
    seen.push({ from, to, good: !why });
    if (why) return bad(own.loaded, from - start, why);
    own.loaded.longestGapMs = Math.max(own.loaded.longestGapMs, to - own.lastGood);
    own.lastGood = to;
  };
  const timer = setInterval(() => {
    if (Date.now() - start > options.forMs) return clearInterval(timer);
    const own = lap;
    own.loaded.sent++;
    const answer = one(own, number++).finally(() => own.under.delete(answer));
    own.under.add(answer);
  }, 1000 / options.perSecond);
  const close = async () => {
    const { loaded, under } = lap;
    lap = fresh();
    await Promise.all(under);
    return loaded;
  };
  return {
    seen,
    stream(seconds) {
      const word = nonce();
      const from = Date.now() - start;
      lap.loaded.streams++;
      const whole = ask(options, { ...SLOW(seconds, word), stream: true, agent: false })
        .catch((error) => void bad(lap.loaded, from, error))
        .finally(() => long.delete(whole));
      long.add(whole);
    },
    lap: close,
    async stop() {
      clearInterval(timer);
      await Promise.all(long);
      const loaded = await close();
      kept.destroy();
      return loaded;
    },
  };
}

const empty = (streams: number): Loaded => ({ sent: 0, failed: [], longestGapMs: 0, streams, cut: [] });

interface Asked {
  text: string;
  /** What must come back. */
  want: string;
  stream: boolean;
  agent: HttpAgent | false;
}

function ask({ url, model, key, tls }: LoadOptions, { text, want, stream, agent }: Asked): Promise<void> {
  const body = JSON.stringify({ model, stream, messages: [{ role: 'user', content: text }] });
  const headers = {
    authorization: `Bearer ${key()}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  const options = { method: 'POST', headers, agent, timeout: 120_000, ...tls };
  const target = `${url}/v1/chat/completions`;
  return new Promise((resolve, reject) => {
    let got = '';
    const fail = (why: Error) => reject(stream && got.includes('"content"') ? new Cut(why.message) : why);
    const sending: ClientRequest = (tls ? https : http)(target, options, (answer) => {
      answer.setEncoding('utf8').on('data', (part) => (got += part));
      answer.on('error', fail).on('end', () => {
        const { statusCode: code } = answer;
        const said = code !== 200 ? '' : stream ? streamed(got) : JSON.parse(got).choices[0].message.content;
        if (said === want) resolve();
        else fail(new Error(`${code} ${stream ? 'streamed ' : ''}${got.slice(0, 100)} … ${got.slice(-200)}`));
      });
    });
    sending.on('timeout', () => sending.destroy(new Error('no answer in 120 s'))).on('error', fail);
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
