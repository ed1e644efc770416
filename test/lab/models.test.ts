// The tiny models and the registry that offers them, with every fault that it can be asked for.
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { echoModel } from '../../src/lab/echo-model.js';
import { half } from '../../src/lab/gguf.js';
import { MODELS, publicName, writeModels } from '../../src/lab/models.js';
import { asked, rangeOf, serveModels } from '../../src/lab/registry.js';

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

describe('the echo model', () => {
  // these two files were loaded, chatted with and embedded by real Ollamas
  test('is to the byte what was proven', () => {
    const chat = echoModel('chat');
    expect([chat.length, sha256(chat).slice(0, 12)]).toEqual([1841312, 'f42fa22d7142']);
    expect(sha256(echoModel('embedding')).slice(0, 12)).toBe('f4787f08f8aa');
  });

  test.each([
    [0, 0],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [1 + 1 / 2048, 0x3c00], // half way: to the even one
    [1 + 3 / 2048, 0x3c02],
  ])('%f as a half', (value, bits) => {
    expect(half(value)).toBe(bits);
  });
});

test.each([
  ['phi3:3.8b', 'phi3-3.8b'],
  ['nomic-embed-text:latest', 'nomic-embed-text'],
])('%s is %s to clients', (name, wanted) => {
  expect(publicName(name)).toBe(wanted);
});

test.each([
  ['/v2/library/phi3/manifests/3.8b', { path: 'manifests/library/phi3/3.8b', fault: undefined }],
  ['/v2/library/slow-phi3/blobs/sha256:ab', { path: 'blobs/sha256:ab', fault: 'slow' }],
  ['/v2/library/../manifests/x', undefined],
  ['/v2/library/phi3/manifests/..', undefined],
  ['/v2/../../etc/passwd', undefined],
])('%s', (url, wanted) => {
  expect(asked(url)).toEqual(wanted && expect.objectContaining(wanted));
});

test.each([
  [undefined, undefined],
  ['bytes=0-9', { first: 0, last: 9 }],
  ['bytes=90-', { first: 90, last: 99 }],
  ['bytes=90-200', { first: 90, last: 99 }],
  ['bytes=100-', undefined],
])('range %s of 100 bytes', (header, wanted) => {
  expect(rangeOf(header, 100)).toEqual(wanted);
});

describe('the registry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hxllm-registry-'));
  let server: Server;
  let base: string;
  let weights: string;
  const get = (name: string, ref: string, headers = {}) =>
    fetch(`${base}/v2/library/${name}/${ref}`, { headers });

  beforeAll(async () => {
    writeModels(folder);
    server = serveModels(folder).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const manifest = (await (await get('phi3', 'manifests/3.8b')).json()) as { layers: { digest: string }[] };
    weights = `blobs/${manifest.layers[0]!.digest}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  test('has a manifest for every model, and every blob is what its name says', async () => {
    for (const { name } of MODELS) {
      const [model, tag] = name.split(':') as [string, string];
      expect((await get(model, `manifests/${tag}`)).status).toBe(200);
    }
    for (const blob of readdirSync(join(folder, 'blobs'))) {
      expect(`sha256:${sha256(readFileSync(join(folder, 'blobs', blob)))}`).toBe(blob);
    }
    expect((await get('nope', 'manifests/latest')).status).toBe(404);
  });

  test('writes nothing anew the second time', () => {
    const times = () =>
      readdirSync(join(folder, 'blobs')).map((blob) => statSync(join(folder, 'blobs', blob)).mtimeMs);
    const before = times();
    writeModels(folder);
    expect(times()).toEqual(before);
  });

  test('a whole blob says where it is, as Ollama insists', async () => {
    const response = await get('phi3', weights);
    expect([response.status, response.headers.get('location')]).toEqual([200, `/v2/library/phi3/${weights}`]);
    expect(`blobs/sha256:${sha256(new Uint8Array(await response.arrayBuffer()))}`).toBe(weights);
  });

  test('a range is a part of it', async () => {
    const response = await get('phi3', weights, { range: 'bytes=0-3' });
    expect([response.status, await response.text()]).toEqual([206, 'GGUF']);
    expect(response.headers.get('content-range')).toBe('bytes 0-3/1841312');
  });

  test('noloc- does not say where', async () => {
    expect((await get('noloc-phi3', weights)).headers.get('location')).toBeNull();
  });

  test('gone- is a 500, for blobs only', async () => {
    expect((await get('gone-phi3', 'manifests/3.8b')).status).toBe(200);
    expect((await get('gone-phi3', weights)).status).toBe(500);
  });

  test('corrupt- differs in its last bit, however it is asked for', async () => {
    const whole = Buffer.from(await (await get('corrupt-phi3', weights)).arrayBuffer());
    const real = readFileSync(join(folder, weights));
    expect(whole.subarray(0, -1).equals(real.subarray(0, -1))).toBe(true);
    expect(whole.at(-1)! ^ real.at(-1)!).toBe(1);
    const start = await get('corrupt-phi3', weights, { range: 'bytes=0-999999' });
    expect(Buffer.from(await start.arrayBuffer()).equals(real.subarray(0, 1_000_000))).toBe(true);
  });

  test('drop- cuts the line once, half way', async () => {
    const part = () =>
      get('drop-phi3', weights, { range: 'bytes=0-1841311' }).then((answer) => answer.arrayBuffer());
    await expect(part()).rejects.toThrow();
    expect((await part()).byteLength).toBe(1841312);
  });

  test('slow- is about 2 MB a second', async () => {
    const start = Date.now();
    await (await get('slow-phi3', weights, { range: 'bytes=0-999999' })).arrayBuffer();
    expect(Date.now() - start).toBeGreaterThan(400);
  });
});
