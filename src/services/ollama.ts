// Ollama's HTTP interface as requests and readers of answers: hosts ask it themselves, so nothing is sent from here. Pure.

export interface OllamaRequest {
  path: string;
  body?: string;
}

export const TAGS: OllamaRequest = { path: '/api/tags' };
export const VERSION: OllamaRequest = { path: '/api/version' };

export function chatRequest(model: string, text: string): OllamaRequest {
  const messages = [{ role: 'user', content: text }];
  return {
    path: '/api/chat',
    body: JSON.stringify({ model, messages, stream: false, options: { num_predict: 64 } }),
  };
}

export function embedRequest(model: string, text: string): OllamaRequest {
  return { path: '/api/embed', body: JSON.stringify({ model, input: text }) };
}

/** Digest by name, which Ollama always gives with its tag. Throws when it is not such a list. */
export function readTags(json: unknown): Map<string, string> {
  const { models } = (json ?? {}) as { models?: { name: string; digest: string }[] };
  if (!Array.isArray(models)) throw new Error('/api/tags gives no list of models');
  return new Map(models.map(({ name, digest }) => [name, digest]));
}

export function readChat(json: unknown): { text: string; thinking: string } {
  const { message } = (json ?? {}) as { message?: { content?: string; thinking?: string } };
  return { text: message?.content ?? '', thinking: message?.thinking ?? '' };
}

export function readEmbed(json: unknown): number[] {
  const { embeddings } = (json ?? {}) as { embeddings?: number[][] };
  return embeddings?.[0] ?? [];
}

/** Ollama says errors as `{"error": "…"}`. */
export function readError(json: unknown): string | undefined {
  const { error } = (json ?? {}) as { error?: string | { message?: string } };
  return typeof error === 'string' ? error : error?.message;
}
