// The front of a real Ollama, on the control node: it passes everything on, and only what asks for it is streamed by itself, slowly.
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const EVERY_MS = 500;

/** A message that is answered by this word with a number for so many seconds. LiteLLM ends a stream whose piece comes a hundred times. */
export function SLOW(seconds: number, word: string): { text: string; want: string } {
  return { text: `for ${seconds} s: ${word}`, want: pieces(seconds, word).join('') };
}

const pieces = (seconds: number, word: string) =>
  Array.from({ length: (seconds * 1000) / EVERY_MS }, (_, at) => `${word}-${at} `);

export interface SlowOllama {
  /** As a gateway reaches it. */
  url: string;
  close(): Promise<void>;
}

/** `address`: where hosts reach the control node. `real`: http://10.88.x.21:11434 */
export async function slowOllama(address: string, real: string): Promise<SlowOllama> {
  const server = createServer((asked, answer) => void serve(real, asked, answer));
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return {
    url: `http://${address}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(real: string, asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  let body = '';
  for await (const part of asked.setEncoding('utf8')) body += part;
  const [, seconds, word] = /for (\d+) s: (hxllm-\w+)/.exec(asked.url === '/api/chat' ? body : '') ?? [];
  if (seconds && word) return slowly(answer, JSON.parse(body).model, word, Number(seconds));
  const { method, headers } = asked;
  const passed = request(`${real}${asked.url}`, { method: method ?? 'GET', headers }, (said) => {
    answer.writeHead(said.statusCode ?? 502, said.headers);
    said.on('error', () => answer.destroy()).pipe(answer);
  });
  answer.on('close', () => passed.destroy());
  passed.on('error', () => answer.destroy());
  passed.end(body);
}

async function slowly(answer: ServerResponse, model: string, word: string, seconds: number): Promise<void> {
  answer.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const piece = (content: string, rest: object = { done: false }) =>
    answer.write(
      `${JSON.stringify({ model, created_at: new Date().toISOString(), message: { role: 'assistant', content }, ...rest })}\n`,
    );
  for (const next of pieces(seconds, word)) {
    if (answer.destroyed) return;
    piece(next);
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  piece('', { done: true, done_reason: 'stop', eval_count: 1, prompt_eval_count: 1 });
  answer.end();
}
