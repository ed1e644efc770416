// LiteLLM's HTTP interface as far as hxllm asks it: the model list, and what a refusal looks like.
import { HxError } from '../errors.js';
import { type Answer, ask, type Service } from './http.js';

/** Names of the models that this key sees, sorted. */
export async function listModels(service: Service): Promise<string[]> {
  const answer = await ask(service, '/v1/models', { timeoutMs: 15_000 });
  const { data } = (answer.json ?? {}) as { data?: { id: string }[] };
  if (answer.status !== 200 || !Array.isArray(data)) throw unexpected(service, answer);
  return data.map((model) => model.id).sort();
}

export function unexpected(service: Service, answer: Answer): HxError {
  return new HxError({ code: 'service', message: `${service.url} answers ${describe(answer)}` });
}

/** `401 auth_error: invalid or missing API key`: status, and what the body says. */
export function describe({ status, json, text }: Pick<Answer, 'status' | 'json' | 'text'>): string {
  const { error } = (json ?? {}) as { error?: { message?: unknown; type?: unknown } | string };
  if (typeof error === 'string') return `${status}: ${error}`;
  if (error?.message) return `${status} ${error.type ?? ''}: ${short(String(error.message))}`;
  return text.trim() ? `${status}: ${short(text)}` : `${status} without a body`;
}

/**
 * Whether an answer refuses the key. Without a database and without hxllm's own hook LiteLLM says 400 with this type;
 * its message changes between releases (docs/traps.md, litellm). 429 is HAProxy's guard against guessing.
 */
export function refusesKey({ status, json }: Pick<Answer, 'status' | 'json'>): boolean {
  const { error } = (json ?? {}) as { error?: { type?: unknown } };
  return [401, 403, 429].includes(status) || (status === 400 && error?.type === 'no_db_connection');
}

export function short(text: string, most = 160): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
