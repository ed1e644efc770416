// Makes a lock: every package with its hashes. Of LiteLLM for `litellm_lock`, with --webui of Open WebUI for `webui_lock`.
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const words = process.argv.slice(2);
const isWebui = words[0] === '--webui';
const program = isWebui ? 'open-webui' : 'litellm';
const [version, output = `${program}-${version}.txt`] = isWebui ? words.slice(1) : words;
if (!/^\d+\.\d+\.\d+$/.test(version ?? '')) {
  console.error(
    'usage: npm run lock -- [--webui] VERSION [FILE], for example: npm run lock -- 1.106.2 my-lock.txt',
  );
  process.exit(2);
}

const uv = ['uv', 'python3 -m uv'].find((words) => run(words, ['--version'], 'ignore').status === 0);
if (!uv) {
  console.error('uv is not there: pipx install uv, or python3 -m pip install uv');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'hxllm-lock-'));
const status = isWebui ? webui() : litellm();
rmSync(folder, { recursive: true });
if (status === 0) console.log(`${output}: set ${isWebui ? 'webui' : 'litellm'}_lock to it`);
process.exitCode = status;

/** For Python 3.11 to 3.14 and both architectures. */
function litellm() {
  // prisma without its engine: LiteLLM without a database answers a missing key with 500 when the package is away
  return compile(`litellm[proxy]==${version}\nprisma==0.15.0\nprometheus-client\n`, output);
}

/** The list of the slim install, which lies in the wheel, and the wheel alone: what it asks for itself is the full install. */
function webui() {
  const wheel = `open-webui==${version}`;
  const unpack = [
    'pip',
    'install',
    '--quiet',
    '--no-deps',
    '--only-binary',
    ':all:',
    '--python-version',
    '3.11',
  ];
  const made = run(uv, [...unpack, '--target', join(folder, 'wheel'), wheel], 'inherit');
  if (made.status !== 0) return made.status ?? 1;
  let slim;
  try {
    slim = readFileSync(join(folder, 'wheel/requirements-slim.txt'), 'utf8');
  } catch {
    console.error(`${wheel} has no list of a slim install: 0.11.4 is the first that has one`);
    return 1;
  }
  const alone = join(folder, 'pylock.toml');
  const failed =
    compile(slim, output) || compile(`${wheel}\n`, alone, ['--no-deps', '--format', 'pylock.toml']);
  if (failed) return failed;
  // of the archives that other forms of a lock list it is the only one that is installed
  const hashes = [...readFileSync(alone, 'utf8').matchAll(/sha256 = "(\w+)"/g)].map(([, hash]) => hash);
  appendFileSync(output, `${[wheel, ...hashes.map((hash) => `    --hash=sha256:${hash}`)].join(' \\\n')}\n`);
  return 0;
}

/** Exit code. */
function compile(wanted, to, more = []) {
  writeFileSync(join(folder, 'in.txt'), wanted);
  const options = ['--universal', '--python-version', '3.11', '--generate-hashes', '--only-binary', ':all:'];
  const quiet = ['--no-header', '--no-annotate', '--quiet'];
  const paths = [join(folder, 'in.txt'), '--output-file', to];
  return run(uv, ['pip', 'compile', ...options, ...quiet, ...more, ...paths], 'inherit').status ?? 1;
}

function run(words, args, stdio) {
  const [file, ...before] = words.split(' ');
  return spawnSync(file, [...before, ...args], { stdio, env: { UV_SYSTEM_CERTS: '1', ...process.env } });
}
