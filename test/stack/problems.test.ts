// What is wrong with an inventory: each problem once, with its place and what mends it; all of them at once.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readStack, stackOf } from '../../src/stack/read.js';
import { COMPLETED, GUIDE_INI, guide, inventoryOf, KEY } from './inventory.js';

const KEY_HINT =
  'make one with: echo "sk-$(openssl rand -hex 24)", and put it into the vault with: hxllm vault edit <file>';
const MODELS = 'litellm_models: [{name: m, model: m}]\n';

interface Row {
  variables: string;
  variable: string;
  message: string;
  /** Line of group_vars/all/own.yml; undefined: no place. */
  line?: number;
  hint?: string;
}

const key = (value: string, message: string): Row => ({
  variables: `litellm_master_key: "${value}"\n${MODELS}`,
  variable: 'litellm_master_key',
  message,
  line: 1,
  hint: KEY_HINT,
});
const own = (line: string, message: string, hint?: string): Row => ({
  variables: `${COMPLETED}${line}\n`,
  variable: line.split(':')[0]!,
  message,
  line: 4,
  ...(hint ? { hint } : {}),
});
const models = (entries: string, message: string): Row => ({
  variables: `litellm_master_key: ${KEY}\nlitellm_models: [${entries}]\n`,
  variable: 'litellm_models',
  message,
  line: 2,
});

const ROWS: Record<string, Row> = {
  "the guide's test key": key('sk-1234567890abcdef-test-key-please-replace', 'is a key that everybody knows'),
  'sk-1234': key('sk-1234', 'is a key that everybody knows'),
  'a short key': key('sk-12345', 'is shorter than 20 characters'),
  'a key without sk-': key('0123456789abcdef0123456789', 'must begin with sk-'),
  'no key': {
    variables: MODELS,
    variable: 'litellm_master_key',
    message: 'is not set',
    hint: 'add it to group_vars: litellm_master_key: … (the administrator\'s key; usually "{{ vault_litellm_master_key }}")',
  },
  'a key that is a list': {
    variables: `litellm_master_key: [a]\n${MODELS}`,
    variable: 'litellm_master_key',
    message: 'should be a string, not ["a"]',
    line: 1,
  },
  'a port that is a word': own('litellm_bind_port: http', 'should be a port from 1 to 65535, not "http"'),
  'a port out of range': own('litellm_bind_port: 70000', 'should be a port from 1 to 65535, not 70000'),
  "LiteLLM's own port": own(
    'litellm_bind_port: 4401',
    '4401 is a port that LiteLLM itself uses',
    'choose another one, e.g. 4000',
  ),
  'a URL without a scheme': own(
    'litellm_base_url: gw:4000',
    'should be a URL that begins with http:// or https://, not "gw:4000"',
  ),
  'backends in one string': own(
    'litellm_backends: "http://a:1;http://b:1"',
    'should be a list of URLs that begin with http:// or https://, not "http://a:1;http://b:1"',
  ),
  'no time': own('litellm_request_timeout: 0', 'should be an integer above 0, not 0'),
  'a balancer that there is not': own('litellm_balancer: nginx', 'is nginx', 'write haproxy or litellm'),
  'database mode': own(
    'litellm_database: true',
    'database mode is not supported yet',
    'remove litellm_database: client keys work without it',
  ),
  'a compromised release': own(
    'litellm_version: 1.82.7',
    '1.82.7 carries a credential stealer (PyPI compromise of 2026-03-24)',
    'leave litellm_version out: the default is known to work',
  ),
  'an expression that fails': own('litellm_max_retries: "{{ nowhere + 1 }}"', 'nowhere is undefined'),
  'a model without a name': models('{model: m}', 'each model needs a name'),
  'a model of nothing': models('{name: m}', "m: needs model, the backend's name for it"),
  'an unknown word in a model': models(
    '{name: m, model: m, modell: x}',
    'm: unknown key modell; known are name, provider, model, mode, params',
  ),
  'a model named twice': models('{name: m, model: a}, {name: m, model: b}', 'm is named twice'),
  'an unknown mode': models('{name: m, model: m, mode: audio}', 'm: mode should be chat or embedding'),
  'a provider that is no word': models(
    '{name: m, model: m, provider: "a/b"}',
    'm: provider should be a word such as ollama',
  ),
  'parameters in parameters': models(
    '{name: m, model: m, params: {a: {b: 1}}}',
    'm: params.a should be a plain value; write os.environ/NAME for a key and put it into litellm_environment',
  ),
  'models that are words': {
    ...models('a, b', 'should be a list of maps, not ["a","b"]'),
  },
  'no model at all': {
    variables: `litellm_master_key: ${KEY}\n`,
    variable: 'litellm_models',
    message: 'no model is named',
    hint: 'set litellm_models, or ollama_models on the backends',
  },
  'an empty list of models': {
    ...models('', 'no model is named'),
    hint: 'set litellm_models, or ollama_models on the backends',
  },
  'an archive without its hash': own(
    'ollama_archive: /srv/ollama.tgz',
    'is required with ollama_archive',
    'add the SHA-256 that the release publishes, or that sha256sum prints',
  ),
  'a hash that is none': own('ollama_sha256: abc', 'should be 64 hexadecimal digits, not "abc"'),
  'models of a backend in one string': own('ollama_models: phi3', 'should be a list of strings, not "phi3"'),
};

describe('a problem', () => {
  it.each(Object.entries(ROWS))('%s', async (_, { variables, variable, message, line, hint }) => {
    const { inventory, folder } = await guide(variables);
    const { stack, problems } = readStack(inventory);
    expect(stack).toBeUndefined();
    const place = line === undefined ? undefined : `${folder}/group_vars/all/own.yml:${line}`;
    const [found] = problems;
    expect(found?.variable).toBe(variable);
    expect(found?.message).toContain(message);
    if (line) expect(found?.where ?? found?.message).toContain(place);
    else expect(found?.where).toBeUndefined();
    if (hint) expect(found?.hint).toBe(hint);
    // one thing is wrong, however many hosts it is wrong for
    expect(new Set(problems.map((p) => p.message)).size).toBe(1);
  });

  it('of the groups: no gateway', async () => {
    const { inventory, folder } = await inventoryOf({ 'dev.ini': '[llm]\nllm1\n' });
    expect(readStack(inventory).problems).toEqual([
      {
        host: '',
        variable: 'hxllm_gateway_group',
        message: 'no host in group [litellm]',
        where: `${folder}/dev.ini`,
        hint: "add a group [litellm] with the gateway's host, or name yours: -e hxllm_gateway_group=…",
      },
    ]);
  });

  it('of the groups: no backend', async () => {
    const { inventory } = await inventoryOf({
      'dev.ini': '[litellm]\ngw\n',
      'group_vars/all.yml': COMPLETED,
    });
    expect(readStack(inventory).problems).toMatchObject([
      {
        variable: 'litellm_backends',
        message: 'no backend',
        hint: 'add a group [llm] with the hosts that run Ollama, or litellm_backends',
      },
    ]);
  });

  it.each([
    ['ollama_port', 'litellm_bind_port: 11434\n', '11434 is also ollama_port of one'],
    ['a port of a balanced listener', 'litellm_bind_port: PORT\n', undefined],
    ["LiteLLM's port", 'ollama_port: 4402\n', 'ollama_port: 4402 is a port that LiteLLM itself uses'],
  ])('of one machine for all: %s', async (_, line, message) => {
    const read = async (variables: string) =>
      readStack(
        (
          await inventoryOf({
            'dev.ini': '[litellm]\none\n[llm]\none\n',
            'group_vars/all.yml': `${COMPLETED}${variables}`,
          })
        ).inventory,
      );
    const usual = (await read('')).stack?.gateways[0]?.sets[0]?.port;
    const { stack, problems } = await read(line.replace('PORT', String(usual)));
    if (message) expect(problems.map((p) => `${p.variable}: ${p.message}`)[0]).toContain(message);
    // a listener gives way: its port is nobody's business
    else expect(stack?.gateways[0]?.sets[0]?.port).not.toBe(usual);
  });
});

describe('several problems', () => {
  it('are told together, each with its place, and each way out once', async () => {
    const { inventory, folder } = await guide('litellm_master_key: sk-1234\nlitellm_bind_port: x\n');
    const own = `${folder}/group_vars/all/own.yml`;
    expect(() => stackOf(inventory)).toThrow(
      expect.objectContaining({
        code: 'variable',
        exitCode: 2,
        message: `3 problems in the inventory
  ${own}:2: litellm_bind_port should be a port from 1 to 65535, not "x"
  ${own}:1: litellm_master_key is a key that everybody knows
  litellm_models no model is named`,
        suggestions: [
          KEY_HINT,
          'set litellm_models, or ollama_models on the backends',
          'hxllm inventory check',
        ],
      }),
    );
  });

  it('that are one for two hosts are told once', async () => {
    const { inventory } = await guide(`${COMPLETED}ollama_sha256: abc\n`);
    expect(() => stackOf(inventory)).toThrow(
      /^\S+own.yml:4: ollama_sha256 should be 64 hexadecimal digits, not "abc"$/,
    );
  });
});

it('a vault without its password is told with its file, and no secret is shown for a wrong type', async () => {
  const path = join(import.meta.dirname, '../inventory/cases/guide/inventories/group_vars/all/vault.yml');
  const files = {
    'dev.ini': GUIDE_INI,
    'group_vars/all/own.yml': `litellm_master_key: "{{ vault_litellm_master_key }}"\n${MODELS}`,
    'group_vars/all/vault.yml': readFileSync(path, 'utf8'),
  };
  const locked = await inventoryOf(files);
  expect(readStack(locked.inventory).problems.map((p) => p.message)).toEqual(
    ['ollama_archive', 'ollama_archive', 'litellm_bind_host'].map(
      (name) =>
        `${locked.folder}/group_vars/all/vault.yml: there is no password for this vault, and ${name}, which no other file sets, may be in it`,
    ),
  );
  const own = `${files['group_vars/all/own.yml']}litellm_bind_port: "{{ vault_litellm_master_key }}"\n`;
  const open = await inventoryOf(
    { ...files, 'group_vars/all/own.yml': own },
    { vaultPassword: 'correct horse battery staple' },
  );
  expect(readStack(open.inventory).problems.map((p) => p.message)).toEqual([
    'should be a port from 1 to 65535, not a secret of another type',
  ]);
});
