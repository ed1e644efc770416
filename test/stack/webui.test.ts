// A host of the web UI, read from an inventory: where it listens, whom it asks, with which key, for which models.
import { describe, expect, it } from 'vitest';
import { readStack, stackOf } from '../../src/stack/read.js';
import { COMPLETED, inventoryOf } from './inventory.js';

const APART = '[litellm]\ngw\n[llm]\nllm1\n[webui]\nui.example ansible_host=10.0.0.30\n';
const TOGETHER = '[litellm]\none\n[llm]\none\n[webui]\none\n';

const read = async (variables: string, ini = APART) => {
  const { inventory } = await inventoryOf({ 'dev.ini': ini, 'group_vars/all.yml': COMPLETED + variables });
  return inventory;
};
const webuiOf = async (variables: string, ini?: string) => stackOf(await read(variables, ini)).webuis[0]!;
const clients = (entry: string) =>
  `litellm_clients: [{name: open-webui, key: sk-${'1'.repeat(32)}${entry}}]\n`;

it('of an inventory that says nothing of it', async () => {
  const { vars, host, ...webui } = await webuiOf('');
  expect(webui).toEqual({
    role: 'webui',
    name: 'ui.example',
    bindHost: '127.0.0.1',
    bindPort: 8080,
    port: 80,
    url: 'http://ui.example',
    baseUrl: 'http://gw:4000/v1',
    gateway: 'gw',
    client: 'open-webui',
    models: ['phi3-3.8b'],
    isWithGateway: false,
    openings: [],
  });
  expect([vars.webui_auth_enabled, vars.webui_admin_email]).toEqual([true, 'admin@localhost']);
});

it.each([
  ['127.0.0.1:8080', '127.0.0.1', 8080],
  ['0.0.0.0:3000', '0.0.0.0', 3000],
  ['[::]:8080', '::', 8080],
  ['[fd00::30]:8080', 'fd00::30', 8080],
  ['localhost:8080', 'localhost', 8080],
])('bound to %s', async (bind, bindHost, bindPort) => {
  expect(await webuiOf(`webui_bind: "${bind}"\n`)).toMatchObject({ bindHost, bindPort });
});

it.each(['8080', '::1:8080', 'host:', 'host:0', 'host:70000', 'http://host:8080'])(
  'not bound to %s',
  async (bind) => {
    expect(readStack(await read(`webui_bind: "${bind}"\n`)).problems).toMatchObject([
      { host: 'ui.example', variable: 'webui_bind', message: 'should be ADDRESS:PORT' },
    ]);
  },
);

it('another port is in its address, unless somebody names one', async () => {
  expect((await webuiOf('webui_port: 81\n')).url).toBe('http://ui.example:81');
  expect((await webuiOf('webui_port: 81\nwebui_url: https://chat.example/\n')).url).toBe(
    'https://chat.example',
  );
});

describe('ports that clash on one host', () => {
  it.each([
    ['webui_port: 4000', 'webui_port', '4000 is also litellm_bind_port of one'],
    ['webui_port: 11434', 'webui_port', '11434 is also ollama_port of one'],
    ['webui_bind: 127.0.0.1:4401', 'webui_bind', '4401 is also a port of LiteLLM itself of one'],
    ['webui_bind: 127.0.0.1:11434', 'webui_bind', '11434 is also ollama_port of one'],
    ['webui_port: 8080', 'webui_port', '8080 is also the port of webui_bind'],
  ])('%s', async (line, variable, message) => {
    const { problems } = readStack(await read(`${line}\n`, TOGETHER));
    expect(problems).toMatchObject([
      { host: 'one', variable, message, hint: 'give one of them another port' },
    ]);
  });

  it('a port of the balancer', async () => {
    const [gateway] = stackOf(await read('', TOGETHER)).gateways;
    const { problems } = readStack(await read(`webui_port: ${gateway!.sets[0]!.port}\n`, TOGETHER));
    expect(problems[0]?.message).toMatch(/is also a port of the balancer of one$/);
  });

  it('and not on hosts of their own', async () => {
    expect((await webuiOf('webui_port: 4000\nwebui_bind: 127.0.0.1:11434\n')).port).toBe(4000);
  });
});

describe('its client', () => {
  it('gives it the key and limits its models', async () => {
    const models = `litellm_models: [{name: a, model: a}, {name: b, model: b}, {name: e, model: e, mode: embedding}]\n`;
    const all = await webuiOf(models + clients(''));
    expect([all.key?.reveal(), all.models]).toEqual([`sk-${'1'.repeat(32)}`, ['a', 'b']]);
    expect((await webuiOf(models + clients(', models: [b, e]'))).models).toEqual(['b']);
  });

  it('may have another name', async () => {
    const other = clients('').replace('open-webui', 'chat');
    expect((await webuiOf(`${other}webui_client: chat\n`)).key).toBeDefined();
    expect((await webuiOf(other)).key).toBeUndefined();
  });

  it('may not be one that reads metrics only', async () => {
    expect(readStack(await read(clients(', metrics: true'))).problems).toMatchObject([
      { variable: 'webui_client', message: 'open-webui may read the metrics only' },
    ]);
  });

  it.each(['admin', 'none', 'a b'])('is never called %s: the master key is nobody else’s', async (name) => {
    expect(readStack(await read(`webui_client: ${name}\n`)).problems).toMatchObject([
      { variable: 'webui_client', message: expect.stringMatching(`^${name}: `) },
    ]);
  });
});

it('its gateway is the one of its own host, else the first', async () => {
  const ini = '[litellm]\ngw1\ngw2\n[llm]\nllm1\n[webui]\ngw2\nui\n';
  const { webuis, gateways } = stackOf(await read('', ini));
  expect(webuis.map((w) => [w.name, w.gateway, w.isWithGateway])).toEqual([
    ['gw2', 'gw2', true],
    ['ui', 'gw1', false],
  ]);
  expect(gateways.map((g) => g.webui?.name)).toEqual([undefined, 'gw2']);
});

it('a base URL with a path is asked there', async () => {
  expect((await webuiOf('litellm_base_url: https://llm.example/v1/\n')).baseUrl).toBe(
    'https://llm.example/v1',
  );
});

describe("its administrator's password", () => {
  const password = async (variables: string) => (await webuiOf(variables)).adminPassword?.reveal();

  it('is what the first deploy wrote, unless somebody names one', async () => {
    expect(await password('')).toBeUndefined();
    expect(await password('vault_webui_admin_password: made\n')).toBe('made');
    expect(await password('vault_webui_admin_password: made\nwebui_admin_password: named\n')).toBe('named');
  });

  it('is shown to nobody', async () => {
    expect(JSON.stringify((await webuiOf('webui_admin_password: named\n')).vars)).not.toContain('named');
  });
});

it('origins are a list, or one string as Open WebUI itself takes it', async () => {
  const origins = async (value: string) =>
    (await webuiOf(`webui_allowed_origins: ${value}\n`)).vars.webui_allowed_origins;
  expect(await origins('"https://a.example;http://b.example:8080"')).toEqual([
    'https://a.example',
    'http://b.example:8080',
  ]);
  expect(await origins('[https://a.example]')).toEqual(['https://a.example']);
});

it.each([
  ['webui_model_access: all', 'should be bypass, grants, leave'],
  ['webui_url: chat.example', 'should be a URL that begins with http:// or https://, not "chat.example"'],
  ['webui_environment: [a]', 'should be a map of names to values, not ["a"]'],
])('%s is refused', async (line, message) => {
  expect(readStack(await read(`${line}\n`)).problems).toMatchObject([{ message }]);
});
