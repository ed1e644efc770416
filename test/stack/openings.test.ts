// Which ports of a host are guarded, and who of the inventory must come there.
import { describe, expect, it } from 'vitest';
import type { Opening } from '../../src/opening.js';
import { readStack } from '../../src/stack/read.js';
import { selfSigned } from '../support/certificates.js';
import { COMPLETED, inventoryOf } from './inventory.js';

const INI = `[litellm]
gw1 ansible_host=10.0.0.11
gw2
[llm]
llm1
llm2
[webui]
ui
`;

async function read(variables: string, ini = INI, files: Record<string, string> = {}) {
  const { inventory } = await inventoryOf({
    ...files,
    'dev.ini': ini,
    'group_vars/all.yml': COMPLETED + variables,
  });
  const { stack, problems } = readStack(inventory);
  const members = [...(stack?.backends ?? []), ...(stack?.gateways ?? []), ...(stack?.webuis ?? [])];
  const of = (name: string) => members.filter((m) => m.name === name).map(({ openings }) => openings);
  return { of, problems };
}

/** `11434 gw1 via llm1, 10.0.0.0/8`. */
const shown = ({ port, hosts, networks }: Opening) =>
  `${port} ${[...hosts.map(({ name, to, stays }) => (stays ? `${name} stays` : `${name} to ${to.join('|')}`)), ...networks].join(', ')}`.trimEnd();

describe('guarded is', () => {
  it.each([
    ['Ollama, for the gateways that use it', '', 'llm1', ['11434 gw1 to llm1, gw2 to llm1']],
    [
      'Ollama by the address that the gateway uses',
      'litellm_backends: ["http://llm1:11500"]\nollama_port: 11500\n',
      'llm1',
      ['11500 gw1 to llm1, gw2 to llm1'],
    ],
    [
      'Ollama that no gateway uses any more: who is in may stay',
      'litellm_backends: ["http://llm1:11434"]\n',
      'llm2',
      ['11434 gw1 stays, gw2 stays'],
    ],
    [
      'Ollama, for networks besides',
      'ollama_allowed_networks: [10.1.0.0/16, "fd00::/8", 10.2.0.9]\n',
      'llm1',
      ['11434 gw1 to llm1, gw2 to llm1, 10.1.0.0/16, fd00::/8, 10.2.0.9'],
    ],
    ['nothing of a gateway that is open to all', '', 'gw1', []],
    ['nothing of a web UI that is open to all', '', 'ui', []],
    [
      'a gateway, for its web UIs and the other gateways',
      'litellm_allowed_networks: [10.1.0.0/16]\n',
      'gw1',
      ['4000 ui to gw1|10.0.0.11, gw2 to gw1|10.0.0.11, 10.1.0.0/16'],
    ],
    [
      'a gateway that nobody else may use',
      'litellm_allowed_networks: []\n',
      'gw2',
      ['4000 ui stays, gw1 to gw2'],
    ],
    [
      'a web UI, and the server itself where it does not hide',
      'litellm_allowed_networks: [10.1.0.0/16]\nwebui_bind: "0.0.0.0:8080"\n',
      'ui',
      ['80 10.1.0.0/16', '8080 10.1.0.0/16'],
    ],
    ['a web UI behind its HAProxy', 'litellm_allowed_networks: [10.1.0.0/16]\n', 'ui', ['80 10.1.0.0/16']],
    ['nothing when it is off', 'hxllm_filter: false\nlitellm_allowed_networks: []\n', 'llm1', []],
  ])('%s', async (_, variables, host, expected) => {
    const { of, problems } = await read(variables);
    expect(problems).toEqual([]);
    expect(of(host)[0]?.map(shown)).toEqual(expected);
  });

  it('of a web UI with TLS also the port that leads there', async () => {
    const pair = selfSigned('DNS:ui');
    const tls = `webui_tls_certificate: "{{ inventory_dir }}/ui.pem"\nwebui_tls_key: ${JSON.stringify(pair.key)}\n`;
    const { of, problems } = await read(`litellm_allowed_networks: [10.1.0.0/16]\n${tls}`, INI, {
      'ui.pem': pair.certificate,
    });
    expect(problems).toEqual([]);
    expect(of('ui')[0]?.map(shown)).toEqual(['443 10.1.0.0/16', '80 10.1.0.0/16']);
  });

  it('all of a host, by each of its roles', async () => {
    const one = await read(
      'litellm_allowed_networks: [10.1.0.0/16]\n',
      '[litellm]\none\n[llm]\none\n[webui]\none\n',
    );
    const all = ['11434', '4000 10.1.0.0/16', '80 10.1.0.0/16'];
    expect(one.of('one').map((openings) => openings.map(shown))).toEqual([all, all, all]);
  });
});

describe('SSH', () => {
  it.each([
    ['ollama_port: 22\n', 'llm1', 'ollama_port'],
    ['ollama_port: 2222\nansible_port: 2222\n', 'llm1', 'ollama_port'],
    ['litellm_bind_port: 22\nlitellm_allowed_networks: []\n', 'gw1', 'litellm_bind_port'],
    ['webui_port: 22\nlitellm_allowed_networks: []\n', 'ui', 'webui_port'],
  ])('is not guarded: %j', async (variables, host, variable) => {
    const { problems } = await read(variables);
    const port = /: (\d+)/.exec(variables)?.[1];
    expect(problems.find((p) => p.host === host)).toMatchObject({
      variable,
      message: `${port} is the port of SSH: the filter must never close it`,
      hint: expect.stringContaining('hxllm_filter: false'),
    });
  });

  it('is none of its business when it is off', async () => {
    const { problems } = await read(
      'litellm_bind_port: 22\nlitellm_allowed_networks: []\nhxllm_filter: false\n',
    );
    expect(problems).toEqual([]);
  });
});

it.each([
  '10.0.0.0/33',
  '10.0.0/8',
  'fd00::/129',
  'everybody',
  '10.0.0.0/8/8',
  '10.0.0.1/',
  'fe80::1%eth0/64',
])('%s is no network', async (network) => {
  const { problems } = await read(`ollama_allowed_networks: ["${network}"]\n`);
  expect(problems[0]).toMatchObject({
    variable: 'ollama_allowed_networks',
    message: expect.stringContaining('should be a list of networks such as 10.0.0.0/8 or fd00::/8'),
  });
});
