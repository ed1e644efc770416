// The printed set-up of clients: each is run or read by the real program, against a gateway in this process.
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientSetup } from '../../src/tasks/clients.js';
import { parseYaml } from '../../src/yaml.js';
import { type FakeGateway, fakeGateway } from '../services/fake-gateway.js';
import { tlsFront } from '../services/tls-front.js';
import { inventoryOf } from '../stack/inventory.js';
import { ROOT } from '../support/built.js';
import { authority } from '../support/certificates.js';
import { hxllm, run } from '../support/cli.js';
import { pythonWithOpenai } from '../support/python.js';

const KEY = 'sk-of-a-client-which-is-long-enough';
const ODD = `it's "odd" $HOME`;
const NAMES = ['curl', 'python', 'node', 'langchain', 'continue', 'aider', 'open-webui'];
const INI = '[litellm]\ngw.lan\ngw2.lan litellm_base_url=http://other.lan\n[llm]\nllm1.lan\n';
const variables = (url: string, models: string[] = [ODD, 'second']) =>
  `litellm_master_key: sk-0123456789abcdef0123456789abcdef
litellm_base_url: ${url}
litellm_models:
${models.map((name) => `  - {name: ${JSON.stringify(name)}, model: m}\n`).join('')}  - {name: nomic, model: n, mode: embedding}
`;

let fake: FakeGateway;
let python: string;
let folder: string;
beforeAll(async () => {
  python = pythonWithOpenai();
  fake = await fakeGateway(KEY, [ODD, 'second', 'nomic']);
  folder = mkdtempSync(join(tmpdir(), 'hxllm-clients-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
}, 200_000);
afterAll(() => fake.close());

const read = async (url: string, models?: string[]) =>
  (await inventoryOf({ 'dev.ini': INI, 'group_vars/all/own.yml': variables(url, models) })).inventory;
const snippet = async (name: string, url = fake.url) =>
  clientSetup(await read(url), { name }).clients[0]?.text ?? '';

/** As a person who has pasted it into a file, or into a shell. */
async function ran(name: string, text: string, env: NodeJS.ProcessEnv = {}) {
  const file = join(folder, name === 'node' ? 'ask.mjs' : name);
  writeFileSync(file, text);
  const program = { node: process.execPath, python, curl: 'sh', aider: 'sh' }[name] ?? '';
  return run(program, [file], { env: { ...process.env, LITELLM_API_KEY: KEY, ...env } });
}

/** Each lists the models, then gets the answer twice. */
const SEEN: Record<string, RegExp> = {
  curl: /"id":"second".*\n.*"content":"Hello".*\n(.*\n)*data: .*"content":"H"(.*\n)*data: \[DONE\]/,
  python: /second.*\nHello\nHello\n$/,
  node: /\nsecond\nnomic\nHello\nHello\n$/,
};

describe.each(Object.keys(SEEN))('%s', (name) => {
  test('runs as it is printed, whatever characters a model has', async () => {
    fake.requests.length = 0;
    const { code, stdout, stderr } = await ran(name, await snippet(name));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(SEEN[name]!);
    expect(fake.requests.map(({ path, body, key }) => [path, body.model, key])).toEqual([
      ['/v1/models', undefined, KEY],
      ['/v1/chat/completions', ODD, KEY],
      ['/v1/chat/completions', ODD, KEY],
    ]);
    expect(fake.requests.map(({ body }) => body.stream)).toEqual([undefined, undefined, true]);
  });

  test('trusts the authority that its comment names, and without it does not', async () => {
    const ca = authority();
    const front = await tlsFront(fake.url, ca.issue('DNS:localhost'));
    const text = await snippet(name, `https://localhost:${front.port}`);
    const [, variable] = /^(?:#|\/\/) if no public authority.*: export (\w+)=/m.exec(text) ?? [];
    const file = join(folder, 'authority.pem');
    writeFileSync(file, ca.certificate);
    const good = await ran(name, text, { [variable as string]: file });
    expect([good.code, good.stderr]).toEqual([0, '']);
    expect(good.stdout).toMatch(SEEN[name]!);
    expect((await ran(name, text)).stdout).not.toMatch(/Hello|"H"/);
    front.close();
  });
});

test('without a certificate nothing is said of one', async () => {
  for (const name of NAMES) expect(await snippet(name)).not.toMatch(/authority/);
  for (const name of NAMES) expect(await snippet(name, 'https://gw.lan')).toContain('authority.pem');
});

test('aider is started with the URL, the key and the model', async () => {
  mkdirSync(join(folder, 'bin'));
  writeFileSync(
    join(folder, 'bin/aider'),
    '#!/bin/sh\necho "$OPENAI_API_BASE $OPENAI_API_KEY"; printf "%s\\n" "$@"\n',
  );
  chmodSync(join(folder, 'bin/aider'), 0o755);
  const { stdout } = await ran('aider', await snippet('aider'), {
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
  });
  const model = `openai/${ODD}`;
  expect(stdout.trimEnd().split('\n')).toEqual([
    `${fake.url}/v1 ${KEY}`,
    ...['--model', model, '--weak-model', model, '--no-show-model-warnings'],
  ]);
});

test('Continue reads YAML with each model, and its key from a file of secrets', async () => {
  const key = '${{ secrets.LITELLM_API_KEY }}';
  const model = (name: string, roles: string[]) => ({
    ...{ name, provider: 'openai', model: name, apiBase: `${fake.url}/v1`, apiKey: key, roles },
  });
  const { value } = parseYaml(await snippet('continue'), 'config.yaml');
  expect(value).toEqual({
    ...{ name: '127.0.0.1', version: '1.0.0', schema: 'v1' },
    models: [
      ...[ODD, 'second'].map((name) => model(name, ['chat', 'edit', 'apply'])),
      model('nomic', ['embed']),
    ],
  });
});

test('Open WebUI gets an environment file that a shell reads alike, with no key in it', async () => {
  const file = join(folder, 'env');
  writeFileSync(file, await snippet('open-webui'));
  const { stdout } = await run('env', ['-i', 'sh', '-c', `set -a; . ${file}; env`]);
  expect(
    stdout
      .split('\n')
      .filter((line) => /^(OPENAI|ENABLE)/.test(line))
      .sort(),
  ).toEqual([
    'ENABLE_OLLAMA_API=false',
    'ENABLE_OPENAI_API=true',
    'OPENAI_API_BASE_URL=' + `${fake.url}/v1`,
    'OPENAI_API_KEY=PUT-THE-KEY-HERE',
  ]);
});

test('LangChain’s is Python, with embeddings where there is a model for them', async () => {
  const parse = 'import ast, sys; print(len(ast.parse(sys.argv[1]).body))';
  const text = await snippet('langchain');
  expect((await run('python3', ['-c', parse, text])).stdout).toMatch(/^\d+\n$/);
  expect(text).toContain('OpenAIEmbeddings(\n    model="nomic"');
});

describe('hxllm clients', () => {
  const cli = async (args: string[], models?: string[]) => {
    const inventory = await read('http://gw.lan:4000/v1', models);
    return hxllm(['clients', ...args], { env: { HXLLM_INVENTORY: inventory.sources[0] } });
  };

  test('prints the one that is named and nothing else on stdout', async () => {
    const { code, stdout, stderr } = await cli(['python']);
    expect(code).toBe(0);
    expect(stdout).toBe(await snippet('python', 'http://gw.lan:4000'));
    expect(stderr).toBe('this is http://gw.lan:4000/v1; others, to be had with --limit: http://other.lan\n');
  });

  test('prints all of them in a list, and no key', async () => {
    const { code, stdout } = await cli(['--limit', 'gw2.lan']);
    expect([code, stdout.match(/^==> /gm)?.length]).toEqual([0, NAMES.length]);
    expect(stdout).toContain('base_url="http://other.lan/v1"');
    expect(stdout).not.toMatch(/sk-\w/);
  });

  test('--json has URL, models and texts', async () => {
    const { stdout, stderr } = await cli(['--json']);
    const { clients, ...rest } = JSON.parse(stdout);
    expect(stderr).toBe('');
    expect(rest).toEqual({
      ...{ schema: 1, gateway: 'gw.lan', url: 'http://gw.lan:4000/v1' },
      models: [ODD, 'second', 'nomic'].map((name) => ({
        name,
        mode: name === 'nomic' ? 'embedding' : 'chat',
      })),
    });
    expect(clients.map(({ name }: { name: string }) => name)).toEqual(NAMES);
    for (const { title, text } of clients) expect([typeof title, typeof text]).toEqual(['string', 'string']);
  });

  test.each([
    [['perl'], [], 'clients: curl, python, node'],
    [['curl', '--limit', 'llm1.lan'], undefined, 'no gateway is among llm1.lan'],
    [['curl'], [], 'gw.lan offers no chat model, only nomic'],
  ])('%j is exit 2', async (args, models, text) => {
    const { code, stdout, stderr } = await cli(args, models);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.replace(/\s+›?\s+/g, ' ')).toContain(text);
  });
});
