// The web UI's role: the environment that a fresh install gets, and what is wanted of a host with one of somebody else's.
import { describe, expect, it } from 'vitest';
import type { FileSpec } from '../../src/resources/file.js';
import type { ServiceSpec } from '../../src/resources/service.js';
import type { VenvSpec } from '../../src/resources/venv.js';
import { fleetOf } from '../../src/tasks/fleet.js';
import { resourcesOf } from '../../src/tasks/look.js';
import { renderedFiles } from '../../src/tasks/role.js';
import { COMPLETED, inventoryOf, KEY } from '../stack/inventory.js';
import { resourcesFor } from './fleet.js';

const INI = '[litellm]\ngw\n[llm]\nllm1\n[webui]\nui.example ansible_host=10.0.0.30\n';
const TOGETHER = '[litellm]\none\n[llm]\none\n[webui]\none\n';
const WEBUI_KEY = `sk-${'2'.repeat(40)}`;
const CLIENT = `${COMPLETED}litellm_clients: [{name: open-webui, key: ${WEBUI_KEY}}]\nwebui_admin_password: 'p"w\\d'\n`;

const of = (variables: string, ini = INI) =>
  resourcesFor(ini === INI ? 'ui.example' : 'one', CLIENT + variables, ini);

async function environmentOf(variables = '', ini = INI): Promise<Record<string, string>> {
  const file = (await of(variables, ini)).find(({ id }) => id === '/etc/open-webui/env');
  const { content } = file!.spec as FileSpec;
  return Object.fromEntries([...content.matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
}

describe('the environment', () => {
  it('has the gateway, the key, the administrator, and quotes what it must', async () => {
    const found = await environmentOf();
    expect(found).toMatchObject({
      OPENAI_API_BASE_URL: '"http://gw:4000/v1"',
      OPENAI_API_KEY: `"${WEBUI_KEY}"`,
      WEBUI_ADMIN_PASSWORD: '"p\\"w\\\\d"',
      WEBUI_URL: '"http://ui.example"',
      CORS_ALLOW_ORIGIN: '"http://ui.example;http://ui;http://10.0.0.30"',
      WEBUI_AUTH: '"True"',
      BYPASS_MODEL_ACCESS_CONTROL: '"true"',
      DEFAULT_MODEL_PARAMS: '"{\\"function_calling\\":\\"legacy\\"}"',
      USE_SLIM_DOCKER: '"true"',
      ENABLE_TITLE_GENERATION: '"false"',
    });
    // it is made on the host, and never changed
    expect(found).not.toHaveProperty('WEBUI_SECRET_KEY');
  });

  it.each([
    ['webui_model_access: grants', { BYPASS_MODEL_ACCESS_CONTROL: '"false"' }],
    ['webui_model_access: leave', { BYPASS_MODEL_ACCESS_CONTROL: '"false"' }],
    ['webui_auth_enabled: no', { WEBUI_AUTH: '"False"' }],
    ['webui_secret_key: s', { WEBUI_SECRET_KEY: '"s"' }],
    ['webui_allowed_origins: "https://a;https://b"', { CORS_ALLOW_ORIGIN: '"https://a;https://b"' }],
    ['webui_port: 81', { CORS_ALLOW_ORIGIN: '"http://ui.example:81;http://ui:81;http://10.0.0.30:81"' }],
    [
      'webui_environment: {A: true, B: 5, C: [x], D: {k: v}, E: "", F: false, OFFLINE_MODE: "false"}',
      {
        A: '"true"',
        B: '"5"',
        C: '"[\\"x\\"]"',
        D: '"{\\"k\\":\\"v\\"}"',
        E: '""',
        F: '"false"',
        OFFLINE_MODE: '"false"',
      },
    ],
  ])('%s', async (line, wanted) => {
    expect(await environmentOf(`${line}\n`)).toMatchObject(wanted);
  });

  it('null is not set', async () => {
    expect(await environmentOf('webui_environment: {OFFLINE_MODE: }\n')).toHaveProperty(
      'OFFLINE_MODE',
      '"true"',
    );
  });

  it('an IPv6 address is an origin in brackets', async () => {
    const ini = INI.replace('10.0.0.30', 'fd00::30');
    const resources = await resourcesFor('ui.example', CLIENT, ini);
    const { content } = resources.find(({ id }) => id === '/etc/open-webui/env')!.spec as FileSpec;
    expect(content).toContain(';http://[fd00::30]"');
  });

  it('is root’s alone, and a change restarts it', async () => {
    const file = (await of('')).find(({ id }) => id === '/etc/open-webui/env');
    expect(file?.spec).toMatchObject({ mode: '0600', owner: 'root', group: 'root', secret: true });
    expect(file?.notify?.map(({ id }) => id)).toEqual(['restart open-webui.service']);
  });
});

describe('the installation', () => {
  it('is wanted only where nobody else installed one', async () => {
    const resources = await of('');
    const always = resources
      .filter(({ when, gone }) => !when && !gone)
      .map(({ kind, id }) => `${kind} ${id}`);
    expect(always.filter((name) => !/hxllm/.test(name))).toEqual(['connection open-webui']);
    const { holds } = resources.find(({ when }) => when)!.when!;
    const states = ['none', 'ours', 'foreign', 'docker', 'user', 'nobody', 'several', 'no python'];
    expect(states.filter((state) => holds({ state }))).toEqual(['none', 'ours']);
    expect(holds(undefined)).toBe(true);
  });

  it('waits for an address that it can reach, and is made with the Python that its wheel asks for', async () => {
    const resources = await of('webui_bind: "[::]:8081"\n');
    const service = resources.find(({ kind, id }) => kind === 'service' && id === 'open-webui.service');
    expect((service!.spec as ServiceSpec).ready).toContain('http://127.0.0.1:8081/ready');
    const venv = resources.find(({ kind }) => kind === 'venv')?.spec as VenvSpec;
    expect([venv.pythons, venv.noDependencies]).toEqual([['3.12', '3.11'], true]);
    const unit = resources.find(({ kind, id }) => kind === 'unit' && id === 'open-webui.service');
    expect((unit!.spec as { content: string }).content).toContain('serve --host :: --port 8081\n');
  });

  it('a secret key of the inventory is not made on the host', async () => {
    const made = async (variables: string) =>
      (await of(variables)).filter(({ kind }) => kind === 'generated').map(({ id }) => id);
    expect(await made('')).toEqual(['/etc/open-webui/secret.env']);
    expect(await made('webui_secret_key: s\n')).toEqual([]);
  });

  it('beside a gateway has no HAProxy of its own, and its port is looked at whoever installed it', async () => {
    const resources = await of('', TOGETHER);
    const proxies = resources.filter(({ id }) => /haproxy/.test(id));
    expect(proxies.filter(({ when }) => when)).toEqual([]);
    expect(resources.find(({ kind, id }) => kind === 'port' && id === '80')).not.toHaveProperty('when');
  });

  it('a release that is named is an upgrade of one that somebody else installed', async () => {
    const software = async (variables: string) =>
      (await of(variables)).filter(
        ({ kind, when }) => kind === 'upgrade' || /somebody else/.test(when?.name ?? ''),
      );
    expect(await software('')).toEqual([]);
    const named = await software('webui_version: 0.12.4\n');
    expect(named.map(({ kind }) => kind)).toEqual([
      'packages',
      'directory',
      'directory',
      'uv',
      'venv',
      'bytecode',
      'upgrade',
    ]);
    const { holds } = named[0]!.when!;
    expect([
      holds({ state: 'foreign', version: '0.9.6' }),
      holds({ state: 'foreign', version: '0.12.4' }),
    ]).toEqual([true, false]);
    expect([holds({ state: 'ours', version: '0.9.6' }), holds(undefined)]).toEqual([false, false]);
  });

  it('a release without a lock is refused', async () => {
    await expect(of('webui_version: 9.9.9\n')).rejects.toThrow('webui_version: no lock is shipped for 9.9.9');
  });
});

it('a host whose client is not made yet is rendered, and no secret is in it', async () => {
  const secret = `${COMPLETED}webui_admin_password: hush\nwebui_secret_key: hush\nwebui_environment: {X: hush}\n`;
  const { inventory } = await inventoryOf({ 'dev.ini': INI, 'group_vars/all.yml': secret });
  const fleet = fleetOf(inventory, { limit: undefined }, ['webui']);
  expect(resourcesOf(fleet.hosts[0]!).length).toBeGreaterThan(5);
  const files = renderedFiles(fleet);
  expect(files.map(({ path }) => path)).toEqual([
    '/etc/systemd/system/hxllm-recover.service',
    '/etc/open-webui/env',
    '/etc/systemd/system/open-webui.service',
    '/etc/haproxy/haproxy.cfg',
  ]);
  expect(files.find(({ path }) => path === '/etc/open-webui/env')).toMatchObject({
    content: '# holds secrets: not shown\n',
    mode: '0600',
    secret: true,
  });
  for (const { content } of files) expect(content).not.toMatch(new RegExp(`hush|${KEY}|${WEBUI_KEY}`));
});
