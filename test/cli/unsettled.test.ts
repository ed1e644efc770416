// A fault of hxllm's own that no command has on purpose: the work that is begun here never ends, and nothing waits for it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder } from '../inventory/folder.js';
import { hxllm } from '../support/cli.js';

test('work that nobody ends is not taken for done', async () => {
  const preload = join(folder({}), 'never.cjs');
  writeFileSync(
    preload,
    `const Module = require('node:module');
const load = Module._load;
Module._load = (name, ...more) =>
  name.endsWith('start.cjs') ? { execute: () => new Promise(() => {}) } : load(name, ...more);`,
  );
  const { code, stderr } = await hxllm(['status'], { node: ['--require', preload] });
  expect([code, stderr]).toEqual([1, expect.stringContaining('ended before its work had')]);
});
