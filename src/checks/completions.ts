// Stack check `completions`: every chat model answers through the gateway, proven with a fresh nonce.
import { messageOf } from '../errors.js';
import { chat } from '../services/completion.js';
import type { Result, StackCheck } from './check.js';
import { judgeAnswer, nonce } from './nonce.js';
import { patience } from './patience.js';

export const completions: StackCheck = {
  id: 'completions',
  title: 'Every chat model answers through the gateway',
  hint: 'hxllm verify --only backend-reach --only backend-answers; ssh HOST sudo journalctl -u litellm -n 50',
  async run(gateway, access) {
    const models = gateway.models.filter((model) => model.mode === 'chat');
    if (models.length === 0) return { status: 'skip', message: 'no chat model' };
    const results: Result[] = [];
    for (const { name } of models) {
      const word = nonce();
      try {
        const service = { ...access, key: gateway.masterKey };
        const said = await chat(service, name, word, { timeoutMs: patience(gateway) * 1000 });
        const { tookMs: ms, tokens, deployment, finish } = said;
        results.push({
          subject: name,
          ...judgeAnswer(word, { ...said, ms }, { tokens, deployment, finish }),
        });
      } catch (error) {
        access.signal.throwIfAborted();
        results.push({ subject: name, status: 'fail', message: messageOf(error) });
      }
    }
    return results;
  },
};
