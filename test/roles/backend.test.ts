// What a backend gets: its environment, its archive, its models, and where it is looked for.
import { describe, expect, it } from 'vitest';
import type { FileSpec } from '../../src/resources/file.js';
import { COMPLETED } from '../stack/inventory.js';
import { resourcesFor } from './fleet.js';

const resource = async (id: string, variables = '', kind?: string) =>
  (await resourcesFor('llm1', `${COMPLETED}${variables}`)).find(
    (r) => r.id === id && (!kind || r.kind === kind),
  );

describe('the environment of Ollama', () => {
  const environment = async (variables: string) =>
    ((await resource('/etc/hxllm/ollama.env', variables))!.spec as FileSpec).content
      .trim()
      .split('\n')
      .slice(1);

  it.each([
    ['', ['OLLAMA_HOST=0.0.0.0:11434', 'OLLAMA_KEEP_ALIVE="5m"', 'OLLAMA_NUM_PARALLEL="1"']],
    [
      'ollama_keep_alive: -1\nollama_num_parallel: 4\nollama_context_length: 8192\n',
      [
        'OLLAMA_HOST=0.0.0.0:11434',
        'OLLAMA_KEEP_ALIVE="-1"',
        'OLLAMA_NUM_PARALLEL="4"',
        'OLLAMA_CONTEXT_LENGTH="8192"',
      ],
    ],
    [
      'ollama_bind_host: "fd00::21"\nollama_port: 11500\nollama_environment: {OLLAMA_KEEP_ALIVE: 1h, HTTPS_PROXY: "http://p:3128"}\n',
      [
        'OLLAMA_HOST=[fd00::21]:11500',
        'OLLAMA_KEEP_ALIVE="1h"',
        'OLLAMA_NUM_PARALLEL="1"',
        'HTTPS_PROXY="http://p:3128"',
      ],
    ],
  ])('for %j', async (variables, expected) => {
    expect(await environment(variables)).toEqual(expected);
  });
});

it.each([
  ['0.0.0.0', '127.0.0.1:11434'],
  ['"::"', '127.0.0.1:11434'],
  ['10.0.0.21', '10.0.0.21:11434'],
  ['"fd00::21"', '[fd00::21]:11434'],
])('Ollama bound to %s is looked for, and pulled through, at %s', async (bound, at) => {
  const variables = `ollama_bind_host: ${bound}\n`;
  expect((await resource('ollama.service', variables, 'service'))?.spec).toMatchObject({
    ready: expect.stringContaining(` http://${at}/api/version `),
    port: 11434,
  });
  expect((await resource('phi3:3.8b', variables))?.spec).toEqual({ at });
});

describe('the archive', () => {
  const sha256 = 'a'.repeat(64);

  it('is what the inventory names; zstd comes with one that needs it', async () => {
    const variables = `ollama_archive: /srv/ollama.tar.zst\nollama_sha256: ${sha256}\n`;
    expect((await resource('ollama', variables, 'archive'))?.spec).toMatchObject({
      source: { location: '/srv/ollama.tar.zst', sha256 },
      into: '/usr/local',
      owns: ['lib/ollama'],
    });
    expect((await resource('packages', variables))?.spec).toEqual({
      names: ['ca-certificates', 'curl', 'nftables', 'zstd'],
    });
  });

  it('is none where Ollama is there already', async () => {
    expect((await resource('ollama', '', 'archive'))?.spec).not.toHaveProperty('source');
    expect((await resource('packages'))?.spec).toEqual({
      names: ['ca-certificates', 'curl', 'nftables'],
    });
  });
});

it('models come from the mirror that is named', async () => {
  expect((await resource('phi3:3.8b', 'ollama_pull_from: http://10.0.0.1:5000/\n'))?.spec).toEqual({
    at: '127.0.0.1:11434',
    from: 'http://10.0.0.1:5000',
  });
});

it('on one machine with the gateway, both get what they need, packages in one list', async () => {
  const resources = await resourcesFor('one', COMPLETED, '[litellm]\none\n[llm]\none\n');
  const ids = resources.map((r) => `${r.kind} ${r.id}`);
  expect(new Set(ids).size).toBe(ids.length);
  expect(resources.find((r) => r.kind === 'packages')?.spec).toEqual({
    names: ['ca-certificates', 'curl', 'haproxy', 'jq', 'nftables', 'python3', 'python3-venv', 'socat'],
  });
  expect(ids).toEqual(
    expect.arrayContaining(['service ollama.service', 'service litellm.service', 'user litellm']),
  );
});
