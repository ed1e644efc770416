// Stack check `stream`: an answer comes piece by piece; says the time to the first token and the tokens per second.
import { messageOf } from '../errors.js';
import { type Streamed, stream as streamed } from '../services/completion.js';
import type { Result, StackCheck } from './check.js';
import { judgeAnswer, nonce } from './nonce.js';
import { patience } from './patience.js';

export const stream: StackCheck = {
  id: 'stream',
  title: 'An answer streams through the gateway',
  hint: 'hxllm verify --only completions; a proxy in front of the gateway must not buffer',
  async run(gateway, access) {
    const model = gateway.models.find(({ mode }) => mode === 'chat');
    if (!model) return { status: 'skip', message: 'no chat model' };
    const word = nonce();
    const service = { ...access, key: gateway.masterKey };
    try {
      const said = await streamed(service, model.name, word, { timeoutMs: patience(gateway) * 1000 });
      return { subject: model.name, ...judgeStream(word, said) };
    } catch (error) {
      access.signal.throwIfAborted();
      return { subject: model.name, status: 'fail', message: messageOf(error) };
    }
  },
};

export function judgeStream(word: string, said: Streamed): Result {
  const { pieces, firstMs, tokens, tokensPerSecond, finish, tookMs: ms } = said;
  const answer = judgeAnswer(word, { ...said, ms }, { pieces, firstMs, tokens, tokensPerSecond, finish });
  if (answer.status === 'fail') return answer;
  // a server that dies in the middle ends the stream in good order, but without this
  if (!finish)
    return { ...answer, status: 'fail', message: `the stream ended early, after ${pieces} pieces` };
  const speed = tokensPerSecond === undefined ? '' : `, ${tokensPerSecond} tokens/s`;
  const message = `first token after ${firstMs} ms${speed}, ${pieces} pieces in ${ms} ms`;
  if (pieces > 1) return { ...answer, message };
  return { ...answer, status: 'warn', message: `the whole answer came in one piece after ${firstMs} ms` };
}
