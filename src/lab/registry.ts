// A model registry for Ollama's pull, without the internet; a prefix of the model's name asks for a fault.
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { sleep } from '../retry.js';

/** `slow-phi3` is phi3 at 2 MB/s; corrupt- flips the last bit, noloc- omits what Ollama insists on, drop- cuts once, gone- is 500. */
const FAULTS = ['slow', 'corrupt', 'noloc', 'drop', 'gone'] as const;
type Fault = (typeof FAULTS)[number];

/** Only weights are faulty: a fault in a small blob would be met before any progress. */
const SMALL = 100_000;
const SLOW_BYTES_PER_MS = 2000;

interface Asked {
  path: string;
  kind: 'manifests' | 'blobs';
  ref: string;
  fault: Fault | undefined;
}

/** Reads `/v2/library/[FAULT-]NAME/blobs/sha256:…`; undefined for anything else. */
export function asked(url: string): Asked | undefined {
  const match = /^\/v2\/([\w.-]+)\/([\w.-]+)\/(manifests|blobs)\/([\w.:-]+)$/.exec(url);
  if (!match) return undefined;
  const [, space, name, kind, ref] = match as unknown as [
    string,
    string,
    string,
    'manifests' | 'blobs',
    string,
  ];
  const fault = FAULTS.find((one) => name.startsWith(`${one}-`));
  const plain = fault ? name.slice(fault.length + 1) : name;
  if ([space, plain, ref].some((part) => /^\.+$/.test(part))) return undefined;
  const path = kind === 'blobs' ? join('blobs', ref) : join('manifests', space, plain, ref);
  return { path, kind, ref, fault };
}

export interface Range {
  first: number;
  last: number;
}

/** `bytes=5-9`, `bytes=5-`; undefined when none is asked for or it cannot be met. */
export function rangeOf(header: string | undefined, size: number): Range | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  if (!match) return undefined;
  const first = Number(match[1]);
  const last = Math.min(match[2] ? Number(match[2]) : size - 1, size - 1);
  return first <= last ? { first, last } : undefined;
}

async function* slowly(source: Readable) {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    await sleep(chunk.length / SLOW_BYTES_PER_MS);
    yield chunk;
  }
}

/** Flips one bit of the file's last byte, when the range has it. */
function corrupted(range: Range, size: number): Transform {
  let at = range.first;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      at += chunk.length;
      if (at === size) chunk[chunk.length - 1]! ^= 1;
      done(null, chunk);
    },
  });
}

function answer(
  folder: string,
  dropped: Set<string>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = request.url ?? '/';
  const want = asked(url);
  const file = want && join(folder, want.path);
  if (!want || !file || !existsSync(file)) return void response.writeHead(404).end();
  if (want.kind === 'manifests') return void response.end(readFileSync(file));
  if (want.fault === 'gone') return void response.writeHead(500).end('boom');
  const { size } = statSync(file);
  const asksRange = rangeOf(request.headers.range, size);
  const range = asksRange ?? { first: 0, last: size - 1 };
  const length = range.last - range.first + 1;
  response.writeHead(asksRange ? 206 : 200, {
    'accept-ranges': 'bytes',
    'content-length': length,
    // Ollama expects to be sent elsewhere for a blob, and refuses an answer that does not say where
    ...(want.fault !== 'noloc' && { location: url }),
    ...(asksRange && { 'content-range': `bytes ${range.first}-${range.last}/${size}` }),
  });
  if (request.method === 'HEAD') return void response.end();
  const fault = size > SMALL ? want.fault : undefined;
  const cut = fault === 'drop' && asksRange && !dropped.has(want.ref);
  if (cut) dropped.add(want.ref);
  const end = cut ? range.first + Math.floor(length / 2) - 1 : range.last;
  const plain = createReadStream(file, { start: range.first, end });
  const body =
    fault === 'slow'
      ? Readable.from(slowly(plain))
      : fault === 'corrupt'
        ? plain.pipe(corrupted(range, size))
        : plain;
  body.on('error', () => response.destroy());
  response.on('close', () => plain.destroy());
  // half of what was promised, then the line goes dead
  if (cut) body.on('end', () => setTimeout(() => response.destroy(), 50));
  body.pipe(response, { end: !cut });
}

/** Serves `manifests/SPACE/NAME/TAG` and `blobs/sha256:HEX` below the folder. */
export function serveModels(folder: string): Server {
  const dropped = new Set<string>();
  return createServer((request, response) => answer(folder, dropped, request, response));
}
