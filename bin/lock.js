// Makes a lock of LiteLLM for `litellm_lock`: every package with its hashes, for Python 3.11 to 3.14 and both architectures.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [version, output = `litellm-${version}.txt`] = process.argv.slice(2);
if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) {
  console.error('usage: npm run lock -- VERSION [FILE], for example: npm run lock -- 1.106.2 my-lock.txt');
  process.exit(2);
}

// prisma without its engine: LiteLLM without a database answers a missing key with 500 when the package is away
const wanted = `litellm[proxy]==${version}\nprisma==0.15.0\nprometheus-client\n`;
const uv = ['uv', 'python3 -m uv'].find((words) => run(words, ['--version'], 'ignore').status === 0);
if (!uv) {
  console.error('uv is not there: pipx install uv, or python3 -m pip install uv');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'hxllm-lock-'));
writeFileSync(join(folder, 'in.txt'), wanted);
const options = ['--universal', '--python-version', '3.11', '--generate-hashes', '--only-binary', ':all:'];
const quiet = ['--no-header', '--no-annotate', '--quiet'];
const made = run(
  uv,
  ['pip', 'compile', ...options, ...quiet, join(folder, 'in.txt'), '--output-file', output],
  'inherit',
);
rmSync(folder, { recursive: true });
if (made.status === 0) console.log(`${output}: set litellm_lock to it`);
process.exitCode = made.status ?? 1;

function run(words, args, stdio) {
  const [file, ...before] = words.split(' ');
  return spawnSync(file, [...before, ...args], { stdio, env: { UV_SYSTEM_CERTS: '1', ...process.env } });
}
