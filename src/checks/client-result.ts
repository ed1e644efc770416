// What a client saw, or what went wrong, as a result: in the same words for all clients. Pure.
import { HxError } from '../errors.js';
import { ADMIN } from '../stack/clients.js';
import type { Result } from './check.js';
import type { Errand, Seen } from './client.js';
import { judgeAnswer } from './nonce.js';
import { judgeStream } from './stream.js';

/** What went wrong at one of the three, in the words of all clients. */
export function failedAt(step: 'models' | 'chat' | 'stream', why: string): HxError {
  const what = { models: 'the models are not listed', chat: 'no answer', stream: 'no stream' }[step];
  return new HxError({ code: 'check', message: `${what}: ${plainly(why)}` });
}

const WORDS: [RegExp, string][] = [
  [
    /Name or service not known|name resolution|No address associated|nodename nor servname/,
    'its name is not found',
  ],
  [/Connection refused/, 'it refuses the connection'],
  [/No route to host|Network is unreachable/, 'there is no route to it'],
  [/Hostname mismatch|IP address mismatch/, 'it shows a certificate for another name'],
  [/CERTIFICATE_VERIFY_FAILED/, 'its certificate is not trusted'],
  [/timed out|Timeout/, 'it does not answer in time'],
  [/^open failed|prohibited/, 'sshd of the host allows no tunnel'],
];

/** What resolvers, sockets and TLS say, as all clients are to say it. */
export function plainly(text: string): string {
  return WORDS.find(([said]) => said.test(text))?.[1] ?? text;
}

export function judgeClient({ url, model, who, words }: Errand, seen: Seen): Result {
  const { version, models, chat, stream } = seen;
  const [answer, streamed] = [judgeAnswer(words.chat, chat), judgeStream(words.stream, stream)];
  const parts: [Result['status'], string][] = [
    models.includes(model)
      ? ['pass', `lists ${models.length === 1 ? '1 model' : `${models.length} models`}`]
      : ['fail', `does not list ${model}, only ${models.join(', ') || 'no model'}`],
    [answer.status, `chat: ${answer.message}`],
    [streamed.status, `stream: ${streamed.message}`],
  ];
  const status = (['fail', 'warn'] as const).find((s) => parts.some(([is]) => is === s)) ?? 'pass';
  const told = parts.filter(([is]) => status === 'pass' || is === status).map(([, text]) => text);
  return {
    status,
    message: `${version} as ${nameOf(who)}: ${told.join('; ')}`,
    data: { url, as: who, model, version, models, chat: answer.data, stream: streamed.data },
  };
}

/** The finding when there is nothing to judge. */
export function failure({ url, who }: Errand, error: unknown): Result {
  const message = error instanceof Error ? error.message : String(error);
  const hint = (error instanceof HxError && error.suggestions[0]) || hintFor(message, url);
  return {
    status: 'fail',
    message: `as ${nameOf(who)} at ${url}: ${message}`,
    data: { url, as: who },
    ...(hint ? { hint } : {}),
  };
}

const nameOf = (who: string) => (who === ADMIN ? `${ADMIN}, with the master key` : who);

function hintFor(message: string, url: string): string | undefined {
  const { hostname } = new URL(url);
  if (/name is not found/.test(message))
    return `HOST has to find ${hostname} by its name, as clients do: in DNS or in its /etc/hosts; or is litellm_base_url wrong?`;
  if (/\b40[13]\b/.test(message))
    return 'the gateway does not accept this key: hxllm keys list, then hxllm deploy';
  if (/certificate/.test(message))
    return `ssh HOST curl -v ${url}/v1/models; hxllm verify --only certificate`;
  return undefined;
}
