// Stack check `embeddings`: every embedding model gives a vector through the gateway.
import { messageOf } from '../errors.js';
import { embedding } from '../services/completion.js';
import type { Result, StackCheck } from './check.js';
import { nonce } from './nonce.js';
import { patience } from './patience.js';
import { judgeVector } from './vector.js';

export const embeddings: StackCheck = {
  id: 'embeddings',
  title: 'Every embedding model answers through the gateway',
  hint: 'a chat model cannot embed: is `mode: embedding` right in litellm_models? hxllm verify --only backend-answers',
  async run(gateway, access) {
    const models = gateway.models.filter((model) => model.mode === 'embedding');
    if (models.length === 0) return { status: 'skip', message: 'no embedding model' };
    const results: Result[] = [];
    for (const { name } of models) {
      const start = performance.now();
      try {
        const service = { ...access, key: gateway.masterKey };
        const vector = await embedding(service, name, nonce(), { timeoutMs: patience(gateway) * 1000 });
        results.push({ subject: name, ...judgeVector(vector, Math.round(performance.now() - start)) });
      } catch (error) {
        access.signal.throwIfAborted();
        results.push({ subject: name, status: 'fail', message: messageOf(error) });
      }
    }
    return results;
  },
};
