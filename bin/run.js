#!/usr/bin/env node
// Starts hxllm: the version without loading anything, then oclif.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `hxllm needs Node.js 20.19 or newer, this is ${process.versions.node}. See https://nodejs.org/en/download`,
  );
  process.exit(2);
}

// the reader of a pipe may go away (`hxllm … | head -1`); what is under way still ends in order
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

if (process.argv.length === 3 && process.argv[2] === '--version') {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  console.log(`hxllm/${version} ${process.platform}-${process.arch} node-${process.version}`);
} else {
  const require = createRequire(import.meta.url);
  require('../dist/code-cache.cjs').keepCode();
  await require('../dist/start.cjs').execute({ dir: import.meta.url });
}
