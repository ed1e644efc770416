// What a gateway gets: models in config.yaml, keys, environment, the venv of a lock, and what each change starts again.
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ReleaseSpec } from '../../src/resources/release.js';
import type { VenvSpec } from '../../src/resources/venv.js';
import { parseYaml } from '../../src/yaml.js';
import { COMPLETED, KEY } from '../stack/inventory.js';
import { fileOf, resourcesFor } from './fleet.js';

const CONFIG = '/etc/litellm/current/config.yaml';
const config = async (variables: string) =>
  parseYaml(await fileOf(CONFIG, variables), 'config.yaml').value as Config;
const models = (...entries: string[]) =>
  `litellm_master_key: ${KEY}\nlitellm_models: [${entries.join(', ')}]\n`;
const specOf = async <T>(kind: string, variables: string): Promise<T> =>
  (await resourcesFor('gw', variables)).find((r) => r.kind === kind)?.spec as T;

interface Config {
  model_list: { model_name: string; litellm_params: Record<string, unknown>; model_info: object }[];
  router_settings: object;
  litellm_settings: object;
  general_settings: object;
}

describe('config.yaml', () => {
  it('has each model once, at the listener of its backends', async () => {
    const { model_list } = await config(
      models('{name: phi3-3.8b, model: "phi3:3.8b"}', '{name: b, model: b}'),
    );
    const api_base = model_list[0]?.litellm_params.api_base;
    expect(api_base).toMatch(/^http:\/\/127\.0\.0\.1:114\d\d$/);
    expect(model_list).toEqual([
      {
        model_name: 'phi3-3.8b',
        litellm_params: { model: 'ollama_chat/phi3:3.8b', api_base },
        model_info: { id: 'phi3-3.8b', mode: 'chat' },
      },
      {
        model_name: 'b',
        litellm_params: { model: 'ollama_chat/b', api_base },
        model_info: { id: 'b', mode: 'chat' },
      },
    ]);
  });

  it("has each model on each backend in the guide's literal form", async () => {
    const { model_list, router_settings } = await config(
      `${models('{name: a, model: a}')}litellm_balancer: litellm\n`,
    );
    expect(model_list.map((m) => [m.litellm_params.api_base, m.model_info])).toEqual([
      ['http://llm1:11434', { id: 'a@llm1', mode: 'chat' }],
      ['http://llm2:11434', { id: 'a@llm2', mode: 'chat' }],
    ]);
    expect(router_settings).toEqual({ routing_strategy: 'least-busy', num_retries: 2 });
  });

  it('calls embeddings by the other provider of Ollama, and leaves others as they are', async () => {
    const { model_list } = await config(
      models(
        '{name: e, model: nomic, mode: embedding}',
        '{name: g, provider: openai, model: gpt-x, params: {api_key: os.environ/KEY, rpm: 5, stream: false, temperature: 0}}',
      ),
    );
    expect(model_list.map((m) => m.litellm_params)).toEqual([
      { model: 'ollama/nomic', api_base: expect.any(String) },
      { model: 'openai/gpt-x', api_key: 'os.environ/KEY', rpm: 5, stream: false, temperature: 0 },
    ]);
  });

  it.each([
    ['yes'],
    ['1.10'],
    ['a: b'],
    ["it's"],
    ['say "hi"'],
    ['#x'],
    ['a\\nb'],
    ['null'],
    ['ünï 漢'],
    ['{{x}}'],
  ])('keeps the model name %s a string', async (name) => {
    const { model_list } = await config(`litellm_master_key: ${KEY}
litellm_models: [{name: !unsafe ${JSON.stringify(name)}, model: !unsafe ${JSON.stringify(name)}}]\n`);
    expect([model_list[0]?.model_name, model_list[0]?.litellm_params.model]).toEqual([
      name,
      `ollama_chat/${name}`,
    ]);
  });

  it('takes time and retries from the inventory; keys are never in it', async () => {
    const found = await config(`${COMPLETED}litellm_request_timeout: 42\nlitellm_max_retries: 0\n`);
    expect(found).toMatchObject({
      router_settings: { num_retries: 0 },
      litellm_settings: { drop_params: true, request_timeout: 42, callbacks: ['prometheus'] },
      general_settings: {
        master_key: 'os.environ/LITELLM_MASTER_KEY',
        custom_auth: 'custom_auth.user_api_key_auth',
      },
    });
  });
});

describe('the environment', () => {
  const environment = async (more: string) =>
    (await specOf<ReleaseSpec>('release', `${COMPLETED}${more}`)).files['litellm.env'];

  it('holds keys of other providers, quoted for systemd, for root alone', async () => {
    const file = await environment(
      `litellm_environment: {A: 'x y', B: 'say "hi" \\ $HOME', C: 5, D: true}\n`,
    );
    expect(file).toMatchObject({ mode: '0600', owner: 'root', group: 'root', secret: true });
    expect(file?.content.split('\n').slice(-5)).toEqual([
      'A="x y"',
      'B="say \\"hi\\" \\\\ $HOME"',
      'C="5"',
      'D="true"',
      '',
    ]);
  });

  it('takes no second line', async () => {
    await expect(environment('litellm_environment: {A: "x\\nB=y"}\n')).rejects.toThrow(
      expect.objectContaining({ code: 'variable', message: 'an environment value must be one line' }),
    );
  });
});

it('keys.json and clients.map know keys only by their SHA-256', async () => {
  const hash = createHash('sha256').update(KEY).digest('hex');
  expect(JSON.parse(await fileOf('/etc/litellm/keys.json', COMPLETED))).toEqual({
    schema: 1,
    keys: { [hash]: { name: 'admin', admin: true } },
  });
  expect(await fileOf('/etc/haproxy/clients.map', COMPLETED)).toBe(`${hash} admin\n`);
});

describe('the venv', () => {
  it('is one per lock and Python', async () => {
    const ids = await Promise.all(
      ['', 'litellm_version: 1.105.3\n', 'litellm_python_version: "3.12"\n'].map(
        async (more) => (await resourcesFor('gw', `${COMPLETED}${more}`)).find((r) => r.kind === 'venv')?.id,
      ),
    );
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^\/opt\/litellm\/venvs\/[0-9a-f]{12}(-py3\.12)?$/);
    const { links } = await specOf<ReleaseSpec>('release', COMPLETED);
    expect(links).toEqual({ venv: ids[0] });
  });

  it('may be of a lock of one’s own, with an index of one’s own', async () => {
    const lock = join(tmpdir(), `hxllm-lock-${process.pid}.txt`);
    onTestFinished(() => rmSync(lock));
    writeFileSync(lock, 'litellm==1 --hash=sha256:0\n');
    const spec = await specOf<VenvSpec>(
      'venv',
      `${COMPLETED}litellm_lock: ${lock}\nlitellm_index_url: https://index.example.org/simple/\nlitellm_find_links: /srv/wheels\nlitellm_python_version: 3.12\n`,
    );
    expect(spec).toMatchObject({
      lock: { path: lock },
      pythons: ['3.12'],
      indexUrl: 'https://index.example.org/simple',
      findLinks: '/srv/wheels',
    });
  });

  it.each([
    ['litellm_version: 1.0.0', 'litellm_version: no lock is shipped for 1.0.0', /leave litellm_version out/],
    ['litellm_lock: /no/such.txt', 'litellm_lock: /no/such.txt is not there', undefined],
  ])('of %s is refused', async (line, message, hint) => {
    const error = await resourcesFor('gw', `${COMPLETED}${line}\n`).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'variable', exitCode: 2, message });
    if (hint) expect(error.suggestions[0]).toMatch(hint);
  });
});

it('a change starts again only what runs from it', async () => {
  const resources = await resourcesFor('gw', COMPLETED);
  const asked = resources
    .filter((r) => r.notify?.length && !r.gone)
    .map((r) => [r.id, r.notify?.map((h) => h.id).join(', ')]);
  const venv = resources.find((r) => r.kind === 'venv')?.id;
  expect(Object.fromEntries(asked)).toEqual({
    [venv!]: 'restart litellm.service',
    'hxllm-recover.service': 'daemon-reload',
    '/etc/systemd/system/sysinit.target.wants/hxllm-recover.service': 'daemon-reload',
    'litellm.service': 'daemon-reload, restart litellm.service',
    'litellm-standby.service': 'daemon-reload',
    litellm: 'restart litellm.service, remove old releases and their venvs',
    '/etc/haproxy/haproxy.cfg': 'reload haproxy.service',
    'haproxy.service.d/hxllm.conf': 'daemon-reload',
  });
});

it('no resource concerns sshd, which is a socket on Ubuntu 24.04 and a service elsewhere', async () => {
  const resources = await resourcesFor('gw', COMPLETED);
  const named = resources.filter((r) => /\bsshd?\b/.test(JSON.stringify([r.id, r.notify])));
  expect([resources.length > 10, named]).toEqual([true, []]);
});
