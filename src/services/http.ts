// One HTTP request with a deadline and without retries; says why there was no answer in words that people know.
import { HxError, messageOf } from '../errors.js';
import { Secret } from '../secret.js';

/** Where a service is, and how to ask it. */
export interface Service {
  /** Without a trailing slash. */
  url: string;
  key?: Secret | string | undefined;
  signal?: AbortSignal | undefined;
  /** Default: the global one. A recorder for the evidence folder, or a test. */
  fetch?: typeof fetch | undefined;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** undefined when the text is not JSON. */
  json: unknown;
  tookMs: number;
}

/** So that the gateway's access log tells what hxllm asks in proof from what clients ask. */
export const AGENT = 'hxllm';

export async function ask(
  service: Service,
  path: string,
  { body, timeoutMs = 10_000 }: { body?: unknown; timeoutMs?: number } = {},
): Promise<Answer> {
  const { url, key, fetch = globalThis.fetch } = service;
  const start = performance.now();
  const headers: Record<string, string> = { 'user-agent': AGENT };
  if (key !== undefined) headers.authorization = `Bearer ${key instanceof Secret ? key.reveal() : key}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  try {
    const response = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      redirect: 'manual',
      signal: deadline(timeoutMs, service.signal),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const tookMs = Math.round(performance.now() - start);
    return { status: response.status, headers: response.headers, text, json: parsed(text), tookMs };
  } catch (cause) {
    service.signal?.throwIfAborted();
    throw noAnswer(url, cause, timeoutMs);
  }
}

export function deadline(timeoutMs: number, signal?: AbortSignal): AbortSignal {
  const timeout = AbortSignal.timeout(timeoutMs);
  return signal ? AbortSignal.any([signal, timeout]) : timeout;
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function noAnswer(url: string, cause: unknown, timeoutMs: number): HxError {
  return new HxError({ code: 'service', message: `${url} ${reason(cause, timeoutMs)}`, cause });
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'refuses the connection',
  ENOTFOUND: 'is not found by its name',
  EAI_AGAIN: 'is not found by its name',
  EHOSTUNREACH: 'has no route to it',
  ENETUNREACH: 'has no route to it',
  ETIMEDOUT: 'does not answer',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer',
  ECONNRESET: 'closes the connection',
  EPROTO: 'does not speak TLS as it should',
  CERT_HAS_EXPIRED: 'shows a certificate that has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'shows a certificate for another name',
  SELF_SIGNED_CERT_IN_CHAIN: 'shows a certificate that is not trusted here',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'shows a certificate that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'shows a certificate that is not trusted here',
  EPIPE: 'closes the connection',
  UND_ERR_SOCKET: 'closes the connection',
};

/** Completes "URL …". fetch and openai hide the error number at the end of a chain of causes. */
function reason(error: unknown, timeoutMs: number): string {
  let last: unknown;
  for (let at = error; at !== undefined && at !== null; at = (at as { cause?: unknown }).cause) {
    last = at;
    const { name, code, errors } = at as { name?: string; code?: unknown; errors?: { code?: string }[] };
    if (name === 'TimeoutError' || name === 'APIConnectionTimeoutError')
      return `does not answer within ${Math.round(timeoutMs / 100) / 10} s`;
    const known = REASONS[String(code ?? errors?.[0]?.code)];
    if (known) return known;
  }
  return `cannot be asked: ${messageOf(last)}`;
}
