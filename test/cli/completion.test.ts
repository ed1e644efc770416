// Completion scripts: read by the real shell where it is there, and asked what they would offer.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ROOT } from '../support/built.js';
import { hxllm, run } from '../support/cli.js';

const files: Record<string, string> = {};

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hxllm-completion-'));
  files.inventory = join(folder, 'hosts.ini');
  writeFileSync(files.inventory, '[litellm]\nhx-api\n[llm]\nhx-llm01\n');
  for (const shell of ['bash', 'zsh', 'fish']) {
    files[shell] = join(folder, shell);
    writeFileSync(files[shell], (await hxllm(['completion', shell])).stdout);
  }
});

function has(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`]);
    return true;
  } catch {
    return false;
  }
}

/** The hxllm that a script asks for host names is the built one. */
async function bashOffers(...words: string[]): Promise<string[]> {
  const ask = `hxllm() { "$NODE" "$BIN" "$@"; }; source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hxllm; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = {
    ...process.env,
    NODE: process.execPath,
    BIN: join(ROOT, 'bin/run.js'),
    HXLLM_INVENTORY: files.inventory,
  };
  const { stdout } = await run('bash', ['-c', ask, files.bash!, 'hxllm', ...words], { env });
  return stdout.trim().split('\n');
}

test('bash offers commands, a topic’s commands, a command’s flags and choices', async () => {
  expect(await bashOffers('')).toEqual(expect.arrayContaining(['completion', 'lab']));
  expect(await bashOffers('comp')).toEqual(['completion']);
  expect(await bashOffers('lab', 'u')).toEqual(['up']);
  expect(await bashOffers('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  expect(await bashOffers('completion', '--verb')).toEqual(['--verbose']);
  expect(await bashOffers('plan', '--limit', 'hx-l')).toEqual(['hx-llm01']);
  expect(await bashOffers('verify', '--from', 'hx-l')).toEqual(['hx-llm01']);
  expect(await bashOffers('verify', '--clients', 'cu')).toEqual(['curl']);
});

test.runIf(has('fish'))('fish offers the same', async () => {
  const { stdout, stderr } = await run('fish', ['-c', `source ${files.fish}; complete -C "hxllm lab "`]);
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^up\t/m);
});

test.runIf(has('zsh'))('zsh reads its script', async () => {
  expect(await run('zsh', ['-n', files.zsh!])).toEqual({ code: 0, stdout: '', stderr: '' });
});
