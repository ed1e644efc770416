// Sections of the rendered haproxy.cfg, run by the real program as a process of the test, with servers of this process behind it.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Agent, createServer, type RequestListener, request } from 'node:http';
import { type AddressInfo, createServer as listener, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { poll } from '../../src/retry.js';

/** What a process without a host of its own cannot have. */
const OF_THE_HOST = /^ +(log|chroot|stats|user|group|server-state-file|load-server-state-from-file) .*\n/gm;

/** `global` and `defaults` of a configuration of ours. */
export function headOf(text: string): string {
  return text.slice(0, text.indexOf('\nfrontend ')).replace(OF_THE_HOST, '');
}

/** The slots of a configuration of ours behind a frontend of their own, with LiteLLM on another port. */
export function slotsOf(text: string, { port, litellm }: { port: number; litellm: number }): string {
  const slots = text
    .slice(text.indexOf('\nbackend slots'), text.indexOf('\nfrontend ollama'))
    .replace('127.0.0.1:4401', `127.0.0.1:${litellm}`);
  return `${headOf(text)}\nfrontend own\n    bind 127.0.0.1:${port}\n    default_backend slots\n${slots}`;
}

/** All that clients meet of a configuration of ours, with LiteLLM and the map of the clients elsewhere. */
export function gatewayOf(text: string, at: { port: number; litellm: number; map: string }): string {
  const gateway = text
    .slice(text.indexOf('\nfrontend '), text.indexOf('\nfrontend ollama'))
    .replace('0.0.0.0:4000', `127.0.0.1:${at.port}`)
    .replace('127.0.0.1:4401', `127.0.0.1:${at.litellm}`)
    .replaceAll('/etc/haproxy/clients.map', at.map);
  return `${headOf(text)}${gateway}`;
}

export async function freePort(): Promise<number> {
  const free = listener();
  const port = await portOf(free);
  free.close();
  return port;
}

/** A server on a port of its own; `stop` ends it with all that it holds. */
export async function serve(answer: RequestListener): Promise<{ port: number; stop(): void }> {
  const server = createServer(answer);
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port: await portOf(server), stop };
}

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
}

/** Ready when something answers at `url`. */
export async function runHaproxy(configuration: string, url: string): Promise<{ stop(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'hxllm-haproxy-'));
  writeFileSync(join(folder, 'cfg'), configuration);
  const haproxy = spawn('/usr/sbin/haproxy', ['-db', '-f', join(folder, 'cfg')], { stdio: 'ignore' });
  const stop = () => {
    haproxy.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  };
  const answers = () => ask(url).then(Boolean, () => undefined);
  expect(await poll(answers, { timeoutMs: 10_000 })).toBe(true);
  return { stop };
}

export interface Answer {
  status: number | undefined;
  text: string;
  /** It ended as its sender meant it to end. */
  whole: boolean;
  ms: number;
}

/** By node:http: whether fetch reports a cut answer depends on Node's version. */
export function ask(url: string, agent: Agent | false = false): Promise<Answer> {
  return new Promise<Answer>((resolve, reject) => {
    const start = Date.now();
    const asked = request(url, { method: 'POST', agent }, (answer) => {
      let text = '';
      answer.on('data', (piece) => (text += piece));
      answer.on('error', () => {}); // the cut: `complete` tells it
      answer.on('close', () => {
        resolve({ status: answer.statusCode, text, whole: answer.complete, ms: Date.now() - start });
      });
    });
    asked.on('error', reject);
    asked.end('{}');
  });
}
