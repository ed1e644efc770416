// Finds an Ollama for the lab's hosts: in the cache, else the official release, else built from what package registries have.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cacheDir } from '../cache-dir.js';
import { messageOf } from '../errors.js';
import { withLock } from '../file-lock.js';

export const OLLAMA_VERSION = '0.34.4';
const ARCH: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };
const RELEASE = `https://github.com/ollama/ollama/releases/download/v${OLLAMA_VERSION}`;
/** A machine without a way out must not wait long for what it will not get. */
const REACH_MS = 5000;

export interface Archive {
  archive: string;
  sha256: string;
}

export const architecture = () => ARCH[process.arch] ?? process.arch;
const stem = () => `ollama-${OLLAMA_VERSION}-${architecture()}`;

/** The archive that the lab builds, or the official one. */
function cached(folder: string): string | undefined {
  return ['.tar.gz', '.tar.zst', '.tgz']
    .map((end) => join(folder, stem() + end))
    .find((file) => existsSync(file));
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The release's Linux archive and its sum, from its list of sums: `SUM  ./ollama-linux-amd64.tgz`. */
export function releaseFile(sums: string, arch: string): { name: string; sum: string } | undefined {
  const match = new RegExp(
    `^([0-9a-f]{64}) [ *](?:\\./)?(ollama-linux-${arch}\\.(?:tgz|tar\\.gz|tar\\.zst))$`,
    'm',
  ).exec(sums);
  return match ? { sum: match[1]!, name: match[2]! } : undefined;
}

/** The official release; undefined when it cannot be reached. */
async function download(folder: string, say: (line: string) => void): Promise<string | undefined> {
  const get = async (name: string, timeoutMs: number) => {
    const response = await fetch(`${RELEASE}/${name}`, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    return response;
  };
  const half = join(folder, 'download.part');
  try {
    const release = releaseFile(await (await get('sha256sum.txt', REACH_MS)).text(), architecture());
    if (!release) throw new Error('its list of sums does not name an archive for this machine');
    say(`downloading ${release.name} ${OLLAMA_VERSION}`);
    const { body } = await get(release.name, 1_800_000);
    await pipeline(Readable.fromWeb(body as never), createWriteStream(half));
    if ((await sha256(half)) !== release.sum) throw new Error('its checksum is wrong');
    const file = join(folder, stem() + /\.(tgz|tar\.gz|tar\.zst)$/.exec(release.name)![0]);
    renameSync(half, file);
    return file;
  } catch (error) {
    const { cause } = error as Error; // what fetch itself says is only that it failed
    say(`the official release of Ollama is out of reach: ${messageOf(cause ?? error)}`);
    rmSync(half, { force: true });
    return undefined;
  }
}

export async function findOllama(say: (line: string) => void, signal?: AbortSignal): Promise<Archive> {
  const folder = join(cacheDir(), 'ollama');
  mkdirSync(folder, { recursive: true });
  const archive =
    cached(folder) ??
    (await withLock(join(folder, '.lock'), 1_200_000, async () => {
      const other = cached(folder); // another lab has got it meanwhile
      const found = other ?? (await download(folder, say));
      if (found) return found;
      const { buildOllama } = await import('./ollama-build.js');
      return buildOllama(folder, `${stem()}.tar.gz`, say, signal);
    }));
  return { archive, sha256: await sha256(archive) };
}
