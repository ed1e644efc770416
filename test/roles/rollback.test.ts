// What a rollback changes on a gateway, from the releases that a host says it has.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileSpec } from '../../src/resources/file.js';
import type { Change } from '../../src/resources/kind.js';
import type { ReleaseSpec } from '../../src/resources/release.js';
import {
  chooseRelease,
  PROBE_RELEASES,
  type Release,
  readReleases,
} from '../../src/roles/gateway/releases.js';
import { rollbackOf } from '../../src/roles/gateway/rollback.js';
import type { GatewayHost } from '../../src/stack/stack.js';
import { resourcesOf } from '../../src/tasks/look.js';
import { Host } from '../resources/host.js';
import { COMPLETED, inventoryOf } from '../stack/inventory.js';
import { fleetFor, SMALL } from './fleet.js';

/** The gateway of an inventory, with its resources and the files that a deploy would leave there. */
async function gatewayOf(variables: string) {
  const { inventory } = await inventoryOf({ 'dev.ini': SMALL, 'group_vars/all.yml': COMPLETED + variables });
  const entry = fleetFor(inventory).hosts.find(({ name }) => name === 'gw');
  if (!entry) throw new Error('no gateway');
  const resources = resourcesOf(entry);
  const specOf = (wanted: string) => resources.find(({ kind, id }) => [kind, id].includes(wanted))?.spec;
  const { files } = specOf('release') as ReleaseSpec;
  const { content: proxy } = specOf('/etc/haproxy/haproxy.cfg') as FileSpec;
  const host = entry.members.find((m): m is GatewayHost => m.role === 'gateway') as GatewayHost;
  return {
    host,
    resources,
    proxy,
    config: files['config.yaml']!.content,
    listeners: files['listeners.cfg']!.content,
  };
}

const BOTH = await gatewayOf('');
const ONE = await gatewayOf('litellm_backends: ["http://llm1:11434"]\n');
const LITERAL = await gatewayOf('litellm_balancer: litellm\n');

const release = (
  id: string,
  from: { config: string; listeners: string },
  more: Partial<Release> = {},
): Release => ({
  id,
  venv: '/opt/litellm/venvs/one',
  litellm: '1.106.2',
  neverServed: false,
  differ: [],
  config: from.config,
  listeners: from.listeners,
  ...more,
});

/** From a gateway as `BOTH` makes it, back to that release. */
const back = (to: Release, proxy = BOTH.proxy) =>
  rollbackOf(BOTH.host, BOTH.resources, { current: '3', all: [to, release('3', BOTH)], proxy }, to);

const told = ({ changes, handlers }: ReturnType<typeof back>) => [
  ...changes.map(({ title, reasons }) => `${title}: ${reasons.join('; ')}`),
  ...handlers.map(({ id }) => id),
];
const SWITCH = 'restart litellm.service';

describe('a rollback', () => {
  it('to a release with the same listeners is the switch alone', () => {
    const made = back(release('1', BOTH, { litellm: '1.105.3', differ: ['litellm.env'] }));
    expect(told(made)).toEqual([
      'release /etc/litellm/current: 3 → 1; LiteLLM 1.106.2 → 1.105.3; litellm.env differs',
      SWITCH,
    ]);
    expect(made.handlers[0]?.script).toContain('RELEASE=1\n');
    expect(made.changes[0]?.resource.spec).toMatchObject({ older: '1' });
  });

  it('to the release that serves is nothing', () => {
    expect(told(back(release('3', BOTH)))).toEqual([]);
  });

  it('puts the listeners that it needs beside those that are there, before the switch', () => {
    const made = back(release('1', ONE));
    const file = '/etc/haproxy/haproxy.cfg';
    expect(told(made)).toEqual([
      `file ${file}: gets the listeners of 1`,
      'release /etc/litellm/current: 3 → 1',
      'reload haproxy.service',
      SWITCH,
    ]);
    const { content } = (made.changes as Change<FileSpec>[])[0]!.resource.spec;
    for (const { port } of [...BOTH.host.sets, ...ONE.host.sets])
      expect(content.match(new RegExp(`^(frontend|backend) ollama_${port}$`, 'gm'))).toHaveLength(2);
    expect(content.startsWith(BOTH.proxy.trimEnd())).toBe(true);
  });

  it('is proven with what the release offers, not with what the inventory says', async () => {
    const other = await gatewayOf(`litellm_backends: ["http://llm2:11434"]
litellm_models: [{name: a, model: "a:1"}, {name: e, model: nomic, mode: embedding}]\n`);
    const { host } = back(release('1', other));
    expect(host.models.map(({ name, mode }) => `${name} ${mode}`)).toEqual(['a chat', 'e embedding']);
    expect(host.sets.map(({ id, backends }) => [id, backends.map((b) => b.name)])).toEqual([
      [other.host.sets[0]?.id, ['llm2']],
    ]);
    expect(host.masterKey).toBe(BOTH.host.masterKey);
  });

  it('to the literal form needs no listener', () => {
    const made = back(release('1', LITERAL));
    expect(told(made)).toEqual(['release /etc/litellm/current: 3 → 1', SWITCH]);
    expect([made.host.sets, made.host.vars.litellm_balancer]).toEqual([[], 'litellm']);
  });

  it('to a release that kept no listeners finds them in haproxy.cfg', () => {
    expect(told(back(release('1', BOTH, { listeners: undefined })))).toHaveLength(2);
    expect(told(back(release('1', ONE, { listeners: undefined }), BOTH.proxy + ONE.listeners))).toHaveLength(
      2,
    );
  });

  it('shows no key of another provider, however old', async () => {
    const params = (name: string, key: string) =>
      `{name: ${name}, provider: openai, model: x, params: {api_key: ${key}}}`;
    const other = await gatewayOf(
      `litellm_models: [${params('a', 'sk-that-is-gone')}, ${params('b', 'os.environ/KEY')}]\n`,
    );
    const texts = JSON.stringify(back(release('1', other)).changes.map((c) => c.texts));
    expect(texts).toContain('api_key: [secret]');
    expect(texts).toContain('os.environ/KEY');
    expect(texts).not.toContain('sk-that-is-gone');
  });
});

describe('refused', () => {
  const other = BOTH.listeners.replace('llm1:11434', 'llm9:11434');
  const port = BOTH.host.sets[0]?.port;
  it.each([
    [
      'a venv that is gone',
      release('1', BOTH, { litellm: undefined }),
      /its venv \/opt\/litellm\/venvs\/one .*gone/,
    ],
    [
      'listeners that nobody knows',
      release('1', ONE, { listeners: undefined }),
      /needs the listener 127\.0\.0\.1:114\d\d, which haproxy\.cfg has not/,
    ],
    [
      'a listener that leads elsewhere now',
      release('1', { ...BOTH, listeners: other }),
      new RegExp(`127\\.0\\.0\\.1:${port} leads to llm2:11434, llm9:11434; .* llm1:11434, llm2:11434`),
    ],
    ['a config.yaml that is none', release('1', { ...BOTH, config: 'a: [' }), /not valid YAML/],
  ])('is %s', (_, to, message) => {
    const { changes, handlers, refused } = back(to);
    expect([changes, handlers]).toEqual([[], []]);
    expect(refused).toEqual([
      { message: expect.stringMatching(message), hint: expect.stringContaining('hxllm') },
    ]);
  });
});

describe('on a host', () => {
  let host: Host;
  beforeAll(async () => {
    host = await Host.start();
    await host.say(
      'mkdir -p /etc/haproxy /run/haproxy; : > /etc/haproxy/clients.map; echo 1 > /run/haproxy/slots.state',
    );
    await host.say('echo 127.0.0.1 llm1 llm2 >> /etc/hosts');
  });
  afterAll(async () => host?.stop());

  it('HAProxy takes the listeners of both releases', async () => {
    const { content } = (back(release('1', ONE)).changes as Change<FileSpec>[])[0]!.resource.spec;
    writeFileSync(`${host.folder}/etc/haproxy/haproxy.cfg`, content);
    const { code, stdout, stderr } = await host.run('/usr/sbin/haproxy -c -f /etc/haproxy/haproxy.cfg');
    expect(`${code} ${stdout}${stderr}`).toBe('0 Configuration file is valid\n');
  });

  it('releases are read as they are there, whole or not', async () => {
    expect(readReleases((await host.run(PROBE_RELEASES)).stdout)).toEqual({
      current: '',
      all: [],
      proxy: '',
    });
    await host.say(`mkdir -p /etc/litellm/releases /var/lib/hxllm/records /opt/v1/bin /opt/v1/lib/python3.11/site-packages/litellm-1.105.3.dist-info
echo '#!/bin/sh' > /opt/v1/bin/litellm; chmod +x /opt/v1/bin/litellm
echo proxy > /etc/haproxy/haproxy.cfg
cd /etc/litellm/releases
for n in 1 2 3 35 4; do mkdir $n; ln -s /opt/v1 $n/venv; echo a: $n > $n/config.yaml; echo env > $n/litellm.env; echo py > $n/custom_auth.py; done
echo listeners > 1/listeners.cfg; : > 2/listeners.cfg; ln -sfn /opt/gone 2/venv; echo KEY=secret > 1/litellm.env
echo '{"result":"done"}' > /var/lib/hxllm/records/2; echo '{"result":"done"}' > /var/lib/hxllm/records/4
echo '{"result":"undone","undone":"undo"}' > /var/lib/hxllm/records/3
ln -s releases/4 ../current`);
    const { stdout, stderr } = await host.run(PROBE_RELEASES);
    expect(stderr).toBe('');
    expect(stdout).not.toContain(Buffer.from('KEY=secret').toString('base64').slice(0, 8));
    const seen = readReleases(stdout)!;
    expect(seen).toMatchObject({ current: '4', proxy: 'proxy\n' });
    const same = {
      venv: '/opt/v1',
      litellm: '1.105.3',
      neverServed: false,
      differ: [],
      listeners: undefined,
    };
    expect(seen.all).toEqual([
      { ...same, id: '1', config: 'a: 1\n', listeners: 'listeners\n', differ: ['litellm.env'] },
      { ...same, id: '2', config: 'a: 2\n', venv: '/opt/gone', litellm: undefined, listeners: '' },
      { ...same, id: '3', config: 'a: 3\n', neverServed: true },
      { ...same, id: '35', config: 'a: 35\n', neverServed: true },
      { ...same, id: '4', config: 'a: 4\n' },
    ]);
    // the third was put back, the run that made 35 died: without a name they are not gone back to
    expect([undefined, '3', '9'].map((id) => chooseRelease(seen, id)?.id)).toEqual(['2', '3', undefined]);
    expect(chooseRelease({ ...seen, current: '1' }, undefined)).toBeUndefined();
  });

  it('what was cut in transit says nothing', () => {
    expect(readReleases('current 4\nrelease 1|/opt/v1|1|||aa')).toBeUndefined();
  });
});
