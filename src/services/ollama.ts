// Ollama's HTTP interface as requests and readers of answers: hosts ask it themselves, so nothing is sent from here. Pure.

export interface OllamaRequest {
  path: string;
  body?: string;
}

export const TAGS: OllamaRequest = { path: '/api/tags' };
export const PS: OllamaRequest = { path: '/api/ps' };
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
  return new Map(readModels(json).map(({ name, digest }) => [name, digest]));
}

export interface OllamaModel {
  name: string;
  /** Bytes: on disk in /api/tags, in memory in /api/ps. */
  size: number;
  digest: string;
}

/** What is on disk (/api/tags) or in memory (/api/ps), with sizes. Throws when it is not such a list. */
export function readModels(json: unknown): OllamaModel[] {
  const { models } = (json ?? {}) as { models?: OllamaModel[] };
  if (!Array.isArray(models)) throw new Error('Ollama gives no list of models');
  return models.map(({ name, size, digest }) => ({ name, size, digest }));
}

/**
 * Where a registry has a model's manifest: `phi3:3.8b` below library of Ollama's own, `hf.co/a/b:tag` on that host.
 * `from`: another registry, which is asked for all of them below library: `http://10.0.0.1:5000`.
 */
export function manifestUrl(model: string, from?: string): string {
  const at = model.lastIndexOf(':');
  const [name, tag] = [model.slice(0, at), model.slice(at + 1)];
  if (from) return `${new URL(from).origin}/v2/library/${name}/manifests/${tag}`;
  const parts = name.split('/');
  if (parts.length > 2) return `https://${parts[0]}/v2/${parts.slice(1).join('/')}/manifests/${tag}`;
  return `https://registry.ollama.ai/v2/${parts.length === 1 ? 'library/' : ''}${name}/manifests/${tag}`;
}

/** The blobs of a model: digest → bytes. Throws when it is no manifest. */
export function readManifest(json: unknown): Map<string, number> {
  const { layers, config } = (json ?? {}) as Record<'layers' | 'config', unknown>;
  if (!Array.isArray(layers)) throw new Error('no manifest');
  const blobs = [...layers, config].filter(Boolean) as { digest: string; size: number }[];
  return new Map(blobs.map(({ digest, size }) => [digest, size]));
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
