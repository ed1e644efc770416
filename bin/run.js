#!/usr/bin/env node
// Starts hxllm: the version without loading anything, then oclif. CommonJS, which Node.js starts 5 ms earlier.
const { readFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

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

const dir = dirname(__dirname);
if (process.argv.length === 3 && process.argv[2] === '--version') {
  const { version } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  console.log(`hxllm/${version} ${process.platform}-${process.arch} node-${process.version}`);
} else {
  require('../dist/code-cache.cjs').keepCode();
  let isOver = false;
  const work = require('../dist/start.cjs').execute({ dir });
  work.finally(() => {
    isOver = true;
  });
  // a promise that nobody settles must not look like success
  process.once('beforeExit', () => {
    if (isOver) return;
    console.error('hxllm ended before its work had: this is a fault of its own, please report it');
    process.exitCode = 1;
  });
}
