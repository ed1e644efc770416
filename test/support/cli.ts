// Runs the built command as a person does, and keeps what it prints and loads.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needBuild, ROOT } from './built.js';

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  node?: string[];
  /** Default: the tree's own. */
  bin?: string;
}

/** No variable of the person who runs the tests gets in. */
const CLEAN = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(HXLLM|ANSIBLE|NODE_OPTIONS)/.test(name)),
);

/** Fails when Node.js has a warning for the user: there is none that they could do something about. */
export async function hxllm(args: string[], options: RunOptions = {}): Promise<Ran> {
  if (!options.bin) needBuild();
  const env = { ...CLEAN, NO_COLOR: '1', ...options.env };
  const words = [...(options.node ?? []), options.bin ?? join(ROOT, 'bin/run.js'), ...args];
  const ran = await run(process.execPath, words, { cwd: options.cwd ?? ROOT, env });
  if (/^\(node:\d+\)/m.test(ran.stderr)) throw new Error(`hxllm ${args.join(' ')}:\n${ran.stderr}`);
  return ran;
}

export function run(
  file: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const out = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (out.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (out.stderr += text));
    child.on('error', reject).on('close', (code) => resolve({ code, ...out }));
  });
}

/** Names of the packages that a command line loads. */
export async function packagesLoaded(args: string[]): Promise<string[]> {
  const record = join(mkdtempSync(join(tmpdir(), 'hxllm-loads-')), 'loads');
  await hxllm(args, {
    node: ['--import', join(ROOT, 'test/support/record-loads.mjs')],
    env: { HX_LOADS: record },
  });
  const names = readFileSync(record, 'utf8').matchAll(
    /(?:node_modules|dist\/packages)\/((?:@[^/]+\/)?[^/]+)\//g,
  );
  return [...new Set([...names].map(([, name]) => name!))].sort();
}
