// A gateway in this process: the real one's answers, and whatever fault a test gives it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Request {
  method: string;
  path: string;
  key: string | undefined;
  body: Record<string, unknown>;
}

type Handler = (request: Request, response: ServerResponse) => void;

export interface FakeGateway {
  url: string;
  requests: Request[];
  /** Replaces the answer of one path. */
  on(path: string, handler: Handler): void;
  close(): Promise<void>;
}

export const json = (response: ServerResponse, status: number, body: unknown) =>
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-litellm-model-id': 'phi3-3.8b' })
    .end(JSON.stringify(body));

export const refuse = (response: ServerResponse) =>
  json(response, 401, {
    error: { message: 'invalid or missing API key', type: 'auth_error', param: null, code: '401' },
  });

/** Echoes the last message, streams one character per piece, embeds, lists its models, refuses other keys. */
export async function fakeGateway(key: string, models: string[] = ['phi3-3.8b']): Promise<FakeGateway> {
  const requests: Request[] = [];
  const handlers = new Map<string, Handler>([
    ['/v1/models', (_, res) => json(res, 200, { object: 'list', data: models.map((id) => ({ id })) })],
    ['/v1/chat/completions', chat],
    ['/v1/embeddings', (_, res) => json(res, 200, { data: [{ index: 0, embedding: [0.1, 0.2, 0.3] }] })],
  ]);
  const server: Server = createServer(async (incoming, response) => {
    const request = await read(incoming);
    requests.push(request);
    const handler = handlers.get(request.path);
    if (!handler)
      return json(response, 404, { error: { message: 'path not served here', type: 'not_found_error' } });
    if (request.key !== key && !handler.name.startsWith('open')) return refuse(response);
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    on: (path, handler) => void handlers.set(path, handler),
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** An answer that asks for no key. */
export const open = (handler: Handler): Handler => Object.defineProperty(handler, 'name', { value: 'open' });

async function read(incoming: IncomingMessage): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    key: incoming.headers.authorization?.replace(/^Bearer /, ''),
    body: text ? JSON.parse(text) : {},
  };
}

function chat({ body }: Request, response: ServerResponse): void {
  const text = (body.messages as { content: string }[]).at(-1)?.content ?? '';
  if (body.stream) return void stream(response, text);
  json(response, 200, {
    choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 3, completion_tokens: text.length, total_tokens: 3 + text.length },
  });
}

/** `cut` = the connection dies after so many pieces; `finish` = false ends in order, but without a reason. */
export async function stream(
  response: ServerResponse,
  text: string,
  { cut = Number.POSITIVE_INFINITY, finish = true, size = 1, everyMs = 2 } = {},
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (data: object) => response.write(`data: ${JSON.stringify(data)}\n\n`);
  const delta = (content: string, reason: string | null = null) =>
    send({ choices: [{ index: 0, delta: { content }, finish_reason: reason }] });
  for (let at = 0; at < text.length; at += size) {
    if (at >= cut) return void response.destroy();
    delta(text.slice(at, at + size));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  if (finish) delta('', 'stop');
  send({ choices: [], usage: { prompt_tokens: 3, completion_tokens: text.length, total_tokens: 3 } });
  response.end('data: [DONE]\n\n');
}
