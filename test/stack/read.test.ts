// Inventories as people write them, and the stack that hxllm understands.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { groupsOf, readStack, stackOf } from '../../src/stack/read.js';
import { COMPLETED, GUIDE_INI, GUIDE_VARIABLES, guide, inventoryOf, KEY } from './inventory.js';

const CASES = join(import.meta.dirname, '../inventory/cases');
const vault = readFileSync(join(CASES, 'guide/inventories/group_vars/all/vault.yml'), 'utf8');

/** The only gateway of an inventory. */
const gatewayOf = async (variables: string, files: Record<string, string> = {}) => {
  const { gateways } = stackOf((await guide(variables, files)).inventory);
  expect(gateways).toHaveLength(1);
  return gateways[0]!;
};

describe("the guide's inventory", () => {
  it('is one gateway, two backends and no web UI', async () => {
    const stack = stackOf((await guide()).inventory);
    expect(stack.gateways.map((g) => g.name)).toEqual(['hx-api-server.dev-test.hana-x.ai']);
    expect(stack.backends.map((b) => [b.name, b.port, b.models])).toEqual([
      ['hx-llm01-server.dev-test.hana-x.ai', 11434, ['phi3:3.8b']],
      ['hx-llm02-server.dev-test.hana-x.ai', 11434, ['phi3:3.8b']],
    ]);
    expect(stack.webuis).toEqual([]);
    expect(stack.notices).toEqual(['no Open WebUI: add a group [webui] with its host']);
  });

  it('says where clients go, which backends there are, and which model', async () => {
    const gateway = await gatewayOf(COMPLETED);
    expect(gateway).toMatchObject({
      bindHost: '0.0.0.0',
      bindPort: 4000,
      baseUrl: 'http://hx-api-server.dev-test.hana-x.ai:4000',
      vars: { litellm_request_timeout: 600, litellm_max_retries: 2, litellm_balancer: 'haproxy' },
    });
    expect(gateway.backends).toEqual(
      ['hx-llm01-server', 'hx-llm02-server'].map((name) => ({
        url: `http://${name}.dev-test.hana-x.ai:11434`,
        name,
        host: `${name}.dev-test.hana-x.ai`,
        address: `${name}.dev-test.hana-x.ai`,
        port: 11434,
        tls: false,
      })),
    );
    expect(gateway.models).toEqual([
      {
        name: 'phi3-3.8b',
        provider: 'ollama',
        model: 'phi3:3.8b',
        mode: 'chat',
        backends: ['hx-llm01-server', 'hx-llm02-server'],
        params: {},
      },
    ]);
  });

  it('takes the master key out of the vault, and shows it to nobody', async () => {
    const { inventory } = await inventoryOf(
      {
        'dev.ini': GUIDE_INI,
        'group_vars/all/litellm.yml': `${GUIDE_VARIABLES}litellm_master_key: "{{ vault_litellm_master_key }}"\n`,
        'group_vars/all/models.yml': 'litellm_models: [{name: m, model: m}]\n',
        'group_vars/all/vault.yml': vault,
      },
      { vaultPassword: 'correct horse battery staple' },
    );
    const stack = stackOf(inventory);
    expect(stack.gateways[0]?.masterKey.reveal()).toBe('sk-Guidekey0123456789abcdefghijklmnopqr');
    expect(JSON.stringify(stack.gateways[0]?.masterKey)).toBe('"[secret]"');
  });
});

it('an inventory of the field, with groups named otherwise, is read all the same', async () => {
  const files = ['hosts.ini', 'group_vars/all/main.yml', 'group_vars/all/vault.yml'].map((path) => [
    path === 'hosts.ini' ? 'dev.ini' : path,
    readFileSync(join(CASES, 'field', path), 'utf8'),
  ]);
  const { inventory } = await inventoryOf(Object.fromEntries(files), {
    vaultPassword: 'correct horse battery staple',
    extraVars: ['hxllm_gateway_group=api', 'hxllm_backend_group=llm_nodes'],
  });
  expect(groupsOf(inventory)).toEqual({ gateway: 'api', backend: 'llm_nodes', webui: 'webui' });
  const { gateways, backends, webuis, notices } = stackOf(inventory);
  expect(gateways.map((g) => [g.name, g.baseUrl, g.backends.map((b) => b.name)])).toEqual([
    ['hx-api-server.example', 'http://hx-api-server.example:4000', ['hx-llm01-server', 'hx-llm02-server']],
  ]);
  expect(backends.map((b) => b.models)).toEqual([
    ['nomic-embed-text:latest', 'phi3:3.8b', 'phi3:3.8b-mini-128k-instruct-q8_0'],
    ['phi3:3.8b-mini-128k-instruct-q8_0'],
  ]);
  expect(webuis.map((w) => w.name)).toEqual(['hx-webui-server.example']);
  expect(notices).toEqual(['litellm_db_* changes nothing: client keys need no database']);
});

describe('models', () => {
  it('of each backend are offered under their names with : as -, when litellm_models is not set', async () => {
    const gateway = await gatewayOf(`litellm_master_key: ${KEY}\nollama_models: ["phi3:3.8b"]\n`, {
      'host_vars/hx-llm02-server.dev-test.hana-x.ai.yml':
        'ollama_models: ["phi3:3.8b", llama3, "org/q:4b"]\n',
    });
    expect(gateway.models.map((m) => [m.name, m.model, m.backends])).toEqual([
      ['llama3', 'llama3:latest', ['hx-llm02-server']],
      ['org/q-4b', 'org/q:4b', ['hx-llm02-server']],
      ['phi3-3.8b', 'phi3:3.8b', ['hx-llm01-server', 'hx-llm02-server']],
    ]);
    expect(gateway.sets.map((s) => s.backends.map((b) => b.name)).sort()).toEqual([
      ['hx-llm01-server', 'hx-llm02-server'],
      ['hx-llm02-server'],
    ]);
  });

  it.each([
    [
      'an embedding',
      '{name: e, model: nomic-embed-text, mode: embedding}',
      { mode: 'embedding', provider: 'ollama' },
    ],
    [
      'of another provider, which no backend offers',
      '{name: g, provider: openai, model: gpt-x, params: {api_key: os.environ/KEY, rpm: 5, stream: false}}',
      { provider: 'openai', backends: [], params: { api_key: 'os.environ/KEY', rpm: 5, stream: false } },
    ],
  ])('may be %s', async (_, entry, expected) => {
    const { models } = await gatewayOf(`litellm_master_key: ${KEY}\nlitellm_models: [${entry}]\n`);
    expect(models).toMatchObject([expected]);
  });

  it('are pulled to the backends, besides what these list themselves', async () => {
    const { inventory } = await guide(`${COMPLETED}  - {name: g, provider: openai, model: gpt-x}\n`, {
      'host_vars/hx-llm01-server.dev-test.hana-x.ai.yml': 'ollama_models: [llama3]\n',
    });
    expect(stackOf(inventory).backends.map((b) => b.models)).toEqual([
      ['llama3:latest', 'phi3:3.8b'],
      ['phi3:3.8b'],
    ]);
  });
});

describe('backends', () => {
  const backends = async (urls: string[], ini = GUIDE_INI) =>
    (
      await inventoryOf({
        'dev.ini': ini,
        'group_vars/all.yml': `${COMPLETED}litellm_backends: ${JSON.stringify(urls)}\n`,
      }).then(({ inventory }) => stackOf(inventory))
    ).gateways[0]?.backends;

  it.each([
    [
      'by its address',
      'http://10.0.0.21:11434',
      'llm1.example ansible_host=10.0.0.21',
      { name: 'llm1', host: 'llm1.example' },
    ],
    ['by its short name', 'http://llm1:11434', 'llm1.example', { name: 'llm1', host: 'llm1.example' }],
    ['in capitals', 'http://LLM1.Example:11434', 'LLM1.Example', { name: 'LLM1', host: 'LLM1.Example' }],
    ['that nobody manages', 'http://10.9.9.9:11434', 'llm1', { name: '10-9-9-9', address: '10.9.9.9' }],
    ['over TLS', 'https://llm1.example', 'llm1.example', { tls: true, port: 443 }],
    [
      'by IPv6',
      'http://[fd00::1]:11434',
      'llm1 ansible_host=fd00::1',
      { name: 'llm1', address: 'fd00::1', port: 11434 },
    ],
    ['with a slash at its end', 'http://llm1:11434/', 'llm1', { url: 'http://llm1:11434' }],
  ])('may be named %s', async (_, url, line, expected) => {
    expect(await backends([url], `[litellm]\ngw\n[llm]\n${line}\n`)).toMatchObject([expected]);
  });

  it('with one short name are told apart', async () => {
    const found = await backends(
      ['http://llm.one:1', 'http://llm.two:1', 'http://llm.three:1'],
      '[litellm]\ngw\n',
    );
    expect(found?.map((b) => b.name)).toEqual(['llm', 'llm-2', 'llm-3']);
  });

  it('are the hosts of [llm] with their own ports, when litellm_backends is not set', async () => {
    const { inventory } = await inventoryOf({
      'dev.ini': '[litellm]\ngw\n[llm]\nllm1\nllm2 ollama_port=11500\n',
      'group_vars/all.yml': COMPLETED,
    });
    expect(stackOf(inventory).gateways[0]?.backends.map((b) => b.url)).toEqual([
      'http://llm1:11434',
      'http://llm2:11500',
    ]);
  });
});

it('one machine may play every role', async () => {
  const { inventory } = await inventoryOf({
    'dev.ini': '[litellm]\none\n[llm]\none\n[webui]\none\n',
    'group_vars/all.yml': COMPLETED,
  });
  const { gateways, backends, webuis } = stackOf(inventory);
  expect([...gateways, ...backends, ...webuis].map((h) => h.name)).toEqual(['one', 'one', 'one']);
});

it('two gateways may differ', async () => {
  const { inventory } = await inventoryOf({
    'dev.ini':
      '[litellm]\ngw1\ngw2 litellm_bind_port=4001 litellm_base_url=https://llm.example/v1/\n[llm]\nllm1\n',
    'group_vars/all.yml': COMPLETED,
  });
  expect(stackOf(inventory).gateways.map((g) => [g.bindPort, g.baseUrl])).toEqual([
    [4000, 'http://gw1:4000'],
    [4001, 'https://llm.example'],
  ]);
});

it('a secret that nothing needs stops nobody, nor does an expression that fails', async () => {
  const sealed = vault.replaceAll(/^/gm, '  ').trimEnd();
  const { inventory } = await guide(
    `${COMPLETED}other: !vault |\n${sealed}\nwrong: "{{ nowhere.at.all }}"\n`,
  );
  expect(readStack(inventory).problems).toEqual([]);
});
