// Client check `client-node`: the openai SDK of hxllm itself; its connections begin on the host.
import { chat, modelNames, sdkVersion, stream } from '../services/completion.js';
import type { TunnelClient } from './client.js';
import { failedAt } from './client-result.js';

export const clientNode: TunnelClient = {
  id: 'client-node',
  client: 'node',
  title: "Node's openai SDK lists the models, gets an answer and a stream",
  hint: 'does curl get through from there? hxllm verify --clients curl --from HOST; hxllm clients node prints a program to try',
  async ask({ url, model, key, words, seconds }, { fetch, signal, refused }) {
    const service = { url, key, fetch, signal };
    const limit = { timeoutMs: seconds * 1000 };
    const at = async <T>(step: Parameters<typeof failedAt>[0], work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        signal.throwIfAborted();
        // the tunnel only hangs up; why, the host has said
        throw failedAt(step, refused() ?? (error as Error).message.replace(`${url} `, 'it '));
      }
    };
    const models = await at('models', modelNames(service, limit));
    const { tookMs: ms, ...said } = await at('chat', chat(service, model, words.chat, limit));
    return {
      version: `openai ${await sdkVersion()}, Node ${process.version.slice(1)}`,
      models,
      chat: { ...said, ms },
      stream: await at('stream', stream(service, model, words.stream, limit)),
    };
  },
};
