// What Debian 12's ansible-core reads otherwise than the newest one, which hxllm follows: what docs/inventory.md lists.
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folder } from '../folder.js';
import { type Answer, DEBIAN, Oracle, ours } from './case.js';

let older: Oracle;
let newest: Oracle;
beforeAll(() => {
  [older, newest] = [new Oracle(DEBIAN), new Oracle()];
}, 360_000);
afterAll(() => {
  for (const oracle of [older, newest]) oracle.end();
});

async function read(files: Record<string, string>, source: string): Promise<Record<string, Answer>> {
  const root = folder(files);
  const given = { files, sources: [source], patterns: [], passwords: [] as [string, string][] };
  try {
    return {
      older: await older.ask(root, given),
      newest: await newest.ask(root, given),
      hxllm: await ours(root, given),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

it('a .ini file in a folder is left out there', async () => {
  const answers = await read({ 'all/a.ini': '[web]\nh1\n', 'all/b.yml': 'all: {hosts: {h2: {}}}\n' }, 'all');
  const hosts = Object.entries(answers).map(([who, { hosts = {} }]) => [who, Object.keys(hosts).sort()]);
  expect(Object.fromEntries(hosts)).toEqual({ older: ['h2'], newest: ['h1', 'h2'], hxllm: ['h1', 'h2'] });
});

it.each([
  ['a number', '{{ 8000 + 80 }}', '8080', 8080],
  ['a text of digits, put together', '{{ 80 }}80', '8080', '8080'],
])('%s that a template makes is a text there', async (_, template, text, value) => {
  const answers = await read({ 'hosts.ini': 'h\n', 'host_vars/h.yml': `x: "${template}"\n` }, 'hosts.ini');
  const values = Object.entries(answers).map(([who, { hosts }]) => {
    const host = hosts!.h!;
    return [who, 'value' in host ? host.value.variables.x : host];
  });
  expect(Object.fromEntries(values)).toEqual({
    older: { value: text },
    newest: { value },
    hxllm: { value },
  });
});
