// The one door to openai: a chat, a stream with its times, an embedding. One try each, so that a retry hides nothing.
import type OpenAI from 'openai';
import { HxError } from '../errors.js';
import { Secret } from '../secret.js';
import { noAnswer, type Service } from './http.js';
import { short } from './litellm.js';

export interface Chat {
  text: string;
  /** What a thinking model wrote before its answer. */
  thinking: string;
  finish: string;
  tokens: number | undefined;
  tookMs: number;
  /** `model_info.id` of the deployment that answered. */
  deployment: string | undefined;
}

export interface Streamed extends Omit<Chat, 'deployment'> {
  /** Pieces of text: one means that somebody on the way collects them. */
  pieces: number;
  firstMs: number;
  /** undefined when it was over too quickly to say. */
  tokensPerSecond: number | undefined;
}

export interface AskOptions {
  timeoutMs: number;
  maxTokens?: number;
}

/** Enough for an answer that shows a nonce, and for the first words of a model that does not. */
export const MAX_TOKENS = 64;
/** Pieces that come closer together than this came as one: their rate says nothing. */
const SHORTEST_MS = 20;

export async function chat(
  service: Service,
  model: string,
  text: string,
  options: AskOptions,
): Promise<Chat> {
  const start = performance.now();
  return asked(service, options, async (client) => {
    const { data, response } = await client.chat.completions
      .create({
        model,
        messages: [{ role: 'user', content: text }],
        max_tokens: options.maxTokens ?? MAX_TOKENS,
      })
      .withResponse();
    const choice = data.choices[0];
    return {
      text: choice?.message.content ?? '',
      thinking: thinkingOf(choice?.message),
      finish: choice?.finish_reason ?? '',
      tokens: data.usage?.completion_tokens,
      tookMs: Math.round(performance.now() - start),
      deployment: response.headers.get('x-litellm-model-id') ?? undefined,
    };
  });
}

export async function stream(
  service: Service,
  model: string,
  text: string,
  options: AskOptions,
): Promise<Streamed> {
  const start = performance.now();
  return asked(service, options, async (client) => {
    const events = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: text }],
      max_tokens: options.maxTokens ?? MAX_TOKENS,
      stream: true,
      stream_options: { include_usage: true },
    });
    const seen = { text: '', thinking: '', finish: '', tokens: undefined as number | undefined };
    const times: number[] = [];
    for await (const event of events) {
      const choice = event.choices[0];
      const [said, thought] = [choice?.delta?.content ?? '', thinkingOf(choice?.delta)];
      if (said || thought) times.push(performance.now() - start);
      seen.text += said;
      seen.thinking += thought;
      seen.finish = choice?.finish_reason ?? seen.finish;
      seen.tokens = event.usage?.completion_tokens ?? seen.tokens;
    }
    const [first = 0, last = 0] = [times[0], times.at(-1)];
    const count = seen.tokens ?? times.length;
    return {
      ...seen,
      pieces: times.length,
      firstMs: Math.round(first),
      tookMs: Math.round(performance.now() - start),
      tokensPerSecond:
        last - first >= SHORTEST_MS && count > 1
          ? Math.round(((count - 1) / (last - first)) * 10_000) / 10
          : undefined,
    };
  });
}

/** Names of the models, as the SDK lists them. */
export async function modelNames(service: Service, options: AskOptions): Promise<string[]> {
  return asked(service, options, async (client) =>
    (await client.models.list()).data.map((model) => model.id),
  );
}

export async function sdkVersion(): Promise<string> {
  return (await import('openai/version')).VERSION;
}

/** The vector. */
export async function embedding(
  service: Service,
  model: string,
  text: string,
  options: AskOptions,
): Promise<number[]> {
  return asked(service, options, async (client) => {
    // the SDK asks for base64 by default, which not every provider behind LiteLLM gives
    const answer = await client.embeddings.create({ model, input: text, encoding_format: 'float' });
    return answer.data[0]?.embedding ?? [];
  });
}

function thinkingOf(message: object | undefined): string {
  const { reasoning_content: text } = (message ?? {}) as { reasoning_content?: unknown };
  return typeof text === 'string' ? text : '';
}

async function asked<T>(
  service: Service,
  { timeoutMs }: AskOptions,
  work: (client: OpenAI) => Promise<T>,
): Promise<T> {
  const sdk = await import('openai');
  const { url, key, fetch, signal } = service;
  const ended = AbortSignal.timeout(timeoutMs);
  const client = new sdk.default({
    baseURL: `${url}/v1`,
    apiKey: key instanceof Secret ? key.reveal() : (key ?? 'none'),
    organization: null,
    project: null,
    logLevel: 'off',
    maxRetries: 0,
    timeout: timeoutMs,
    // the SDK's own deadline ends with the headers: a stream needs one for its body too
    fetch: (input, init) =>
      (fetch ?? globalThis.fetch)(
        input as string,
        {
          ...init,
          signal: AbortSignal.any([
            ended,
            ...(init?.signal ? [init.signal] : []),
            ...(signal ? [signal] : []),
          ]),
        } as RequestInit,
      ),
  });
  try {
    return await work(client);
  } catch (cause) {
    signal?.throwIfAborted();
    if (ended.aborted) throw noAnswer(url, ended.reason, timeoutMs);
    if (cause instanceof sdk.APIError && cause.status !== undefined)
      throw new HxError({ code: 'service', message: `${url} answers ${short(cause.message, 300)}`, cause });
    throw noAnswer(url, cause, timeoutMs);
  }
}
