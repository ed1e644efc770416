// Client check `client-curl`: the curl of a host, as a person there types it.
import { MAX_TOKENS, type Streamed } from '../services/completion.js';
import { parsed } from '../services/http.js';
import { describe } from '../services/litellm.js';
import type { HostClient } from './client.js';
import { failedAt } from './client-result.js';
import { type Asked, curls, readCurls } from './curl.js';

const VERSION = `curl -V 2>/dev/null | sed -n '1s/^curl \\([^ ]*\\).*/version \\1/p'`;

export const clientCurl: HostClient = {
  id: 'client-curl',
  client: 'curl',
  title: 'curl lists the models, gets an answer and a stream',
  hint: 'type on HOST what this prints: hxllm clients curl; ssh HOST curl --version',
  script({ url, model, words, key, chain, seconds }) {
    const body = (content: string, more = {}) =>
      JSON.stringify({ model, messages: [{ role: 'user', content }], max_tokens: MAX_TOKENS, ...more });
    const chat = { url: `${url}/v1/chat/completions`, seconds };
    const lane = [
      { id: 'models', url: `${url}/v1/models`, seconds: 15 },
      { id: 'chat', ...chat, body: body(words.chat) },
      { id: 'stream', ...chat, body: body(words.stream, { stream: true, stream_options: USAGE }) },
    ];
    return `${VERSION}\n${curls([lane], { key, chain })}`;
  },
  read(output) {
    const answers = readCurls(output);
    const [models, chat] = [good('models', answers), good('chat', answers)];
    const { data = [] } = (models.json ?? {}) as { data?: { id: string }[] };
    const { choices = [] } = (chat.json ?? {}) as Completion;
    return {
      version: `curl ${/^version (.*)$/m.exec(output)?.[1] ?? ''}`.trim(),
      models: data.map((one) => one.id),
      chat: { ...wordsOf(choices[0]?.message), ms: chat.ms },
      stream: readStream(good('stream', answers)),
    };
  },
};

const USAGE = { include_usage: true };

interface Words {
  content?: string | null;
  reasoning_content?: string | null;
}

interface Completion {
  choices?: { message?: Words; delta?: Words; finish_reason?: string | null }[];
  usage?: { completion_tokens?: number } | null;
  error?: unknown;
}

const wordsOf = (words: Words = {}) => ({
  text: words.content ?? '',
  thinking: words.reasoning_content ?? '',
});

function good(step: 'models' | 'chat' | 'stream', answers: ReadonlyMap<string, Asked>): Asked {
  const answer = answers.get(step);
  if (!answer) throw failedAt(step, 'curl did not run');
  if (answer.failed) throw failedAt(step, answer.failed);
  if (answer.status !== 200) throw failedAt(step, `the gateway answers ${describe(answer)}`);
  return answer;
}

/** The events of a stream that came to its end. */
export function readStream({ text, firstMs, ms }: Pick<Asked, 'text' | 'firstMs' | 'ms'>): Streamed {
  const seen = { text: '', thinking: '', finish: '', tokens: undefined as number | undefined, pieces: 0 };
  for (const [, data = ''] of text.matchAll(/^data: ?(\{.*)$/gm)) {
    const event = (parsed(data) ?? {}) as Completion;
    if (event.error) throw failedAt('stream', describe({ status: 200, json: event, text: '' }));
    const [choice] = event.choices ?? [];
    const said = wordsOf(choice?.delta);
    if (said.text || said.thinking) seen.pieces++;
    seen.text += said.text;
    seen.thinking += said.thinking;
    seen.finish = choice?.finish_reason ?? seen.finish;
    seen.tokens = event.usage?.completion_tokens ?? seen.tokens;
  }
  return { ...seen, firstMs, tookMs: ms, tokensPerSecond: undefined };
}
