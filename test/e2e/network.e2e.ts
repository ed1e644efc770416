// Who gets to which port: this machine is a stranger to the lab's hosts, and the other backend is one too.
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { sleep } from '../../src/retry.js';
import { fullOnly } from './support/full.js';
import { HANGS, heldByGateway, meeting, metAt } from './support/network.js';
import { onHost } from './support/search.js';
import { serving, useDeployed } from './support/shared.js';
import { GATEWAY, masterKey, verified } from './support/stack.js';

const HOST = 'hx-llm01-server';
const OTHER = 'hx-llm02-server';
const lab = useDeployed();
const own = () => `${lab().address(HOST).split('.').slice(0, 3).join('.')}.1`;
const variables = (values: object) => ['-e', JSON.stringify(values)];

const met = (host: string, port: number) => metAt(lab().address(host), port);
const said = (host: string, script: string) => onHost(lab(), host, script).stdout;
const table = (host = HOST) => said(host, 'nft -s list table inet hxllm 2>&1');
/** They were not restarted. */
const runs = () => said(HOST, 'systemctl show -P InvocationID hxllm-filter ollama');
const asked = (host: string, address: string, port = 11434) =>
  said(
    host,
    `curl -g -s -o /dev/null -w '%{http_code}' --max-time 5 http://${address}:${port}/api/version; true`,
  );

async function deployed(args: string[], host = HOST): Promise<void> {
  const { code, stdout, stderr } = await lab().hxllm(['deploy', '--yes', '--limit', host, ...args]);
  expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
}

const planned = async (args: string[], host = HOST) => {
  const { code, stdout } = await lab().hxllm(['plan', '--limit', host, ...args]);
  return { code, stdout };
};

test('Ollama is open to the gateway and to itself, and to nobody else', async () => {
  expect(await Promise.all([HOST, OTHER].map((host) => met(host, 11434)))).toEqual([
    'ECONNREFUSED',
    'ECONNREFUSED',
  ]);
  const at = lab().address(HOST);
  expect([asked(OTHER, at), asked(GATEWAY, at), asked(HOST, '127.0.0.1'), asked(HOST, at)]).toEqual([
    '000',
    '200',
    '200',
    '200',
  ]);
  await verified(lab());
  // nothing of the host's own
  expect(said(HOST, 'nft list tables; systemctl is-enabled nftables')).toBe('table inet hxllm\ndisabled\n');
});

test.each([
  [HOST, [22]],
  [GATEWAY, [22, 4000]],
])('a scan of %s finds what is meant to be open', async (host, open) => {
  const listening = said(host, `ss -Htln | sed 's/.*:\\([0-9]*\\) .*:.*/\\1/' | sort -nu`);
  const ports = [...new Set([...open, ...listening.split('\n').filter(Boolean).map(Number)])];
  expect(ports.length).toBeGreaterThan(open.length);
  const found = await Promise.all(ports.map(async (port) => ((await met(host, port)) === 'open' ? port : 0)));
  expect(found.filter(Boolean).sort()).toEqual(open);
});

test('off removes it; plan tells who would be cut off; on again he is, and the gateway’s connection lives', async () => {
  await deployed(variables({ hxllm_filter: false }));
  expect(table()).toContain('No such file');
  expect(said(HOST, 'ls /etc/hxllm/filter.nft /etc/systemd/system/*/hxllm-filter* 2>/dev/null')).toBe('');
  expect(await planned(variables({ hxllm_filter: false }))).toMatchObject({ code: 0 });
  expect(asked(OTHER, lab().address(HOST))).toBe('200');

  const stranger = connect({ host: lab().address(HOST), port: 11434 });
  const lost = new Promise((resolve) => stranger.on('error', resolve));
  await new Promise<void>((resolve) => stranger.on('connect', () => resolve()));
  const kept = heldByGateway(lab(), HOST);
  await sleep(500);
  const { code, stdout } = await planned([]);
  expect([code, stdout]).toEqual([
    3,
    expect.stringContaining(
      `filter /etc/hxllm/filter.nft: is missing; cuts ${own()} off from port 11434, which ollama_allowed`,
    ),
  ]);
  await deployed([]);
  said(GATEWAY, 'touch /run/go');
  expect(await kept).toContain('200 OK');
  stranger.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await lost).toMatchObject({ code: 'ECONNRESET' });
  expect(await planned([])).toMatchObject({ code: 0 });
});

test('ollama_allowed_networks lets one in, by a reload', async () => {
  const before = runs();
  await deployed(variables({ ollama_allowed_networks: [`${own()}/32`] }));
  expect([await met(HOST, 11434), asked(OTHER, lab().address(HOST)), runs()]).toEqual([
    'open',
    '000',
    before,
  ]);
  await deployed([]);
  expect([await met(HOST, 11434), runs()]).toEqual(['ECONNREFUSED', before]);
});

describe('drift', () => {
  test.each([
    ['nft flush ruleset', 'is not loaded', 'it is not loaded'],
    ['nft flush chain inet hxllm port_11434', 'somebody changed the loaded table', 'somebody changed'],
  ])('%s is seen by plan and verify, and mended', async (does, plan, check) => {
    const before = runs();
    said(HOST, does);
    const { code, stdout } = await planned([]);
    expect([code, stdout]).toEqual([3, expect.stringContaining(`filter /etc/hxllm/filter.nft: ${plan}`)]);
    const verify = await lab().hxllm(['verify', '--only', 'filter', '--limit', HOST]);
    expect([verify.code, verify.stdout]).toEqual([1, expect.stringContaining(check)]);
    await deployed([]);
    expect([await met(HOST, 11434), runs()]).toEqual(['ECONNREFUSED', before]);
  });

  fullOnly('nftables.service, which empties all tables, brings this one back with its own', async () => {
    const before = table();
    for (const verb of ['start', 'reload', 'restart']) {
      expect(onHost(lab(), HOST, `systemctl ${verb} nftables; sleep 1`).status).toBe(0);
      expect([verb, table()]).toEqual([verb, before]);
    }
    said(HOST, 'systemctl stop nftables');
    await deployed([]);
    expect(table()).toBe(before);
  });
});

test.each([
  { ollama_environment: { OLLAMA_HOST: '203.0.113.9:11434' } },
  // what is asked for is not where the earlier one answers
  { ollama_bind_host: '203.0.113.9' },
])('a change that fails puts the earlier table back: %j', async (bad) => {
  const before = table();
  const values = { ollama_allowed_networks: ['10.0.0.0/8'], ...bad };
  const { code, stdout } = await lab().hxllm(['deploy', '--yes', '--limit', HOST, ...variables(values)]);
  expect([code, stdout]).toEqual([6, expect.stringContaining('everything is as it was')]);
  expect([table(), await met(HOST, 11434)]).toEqual([before, 'ECONNREFUSED']);
  expect(await planned([])).toMatchObject({ code: 0 });
});

test('at boot it is there before the network and before Ollama', async () => {
  await lab().powerCut(HOST);
  const stranger = meeting(lab().address(HOST), 11434);
  await lab().powerOn(HOST);
  await expect.poll(() => asked(HOST, '127.0.0.1'), { timeout: 30_000 }).toBe('200');
  const seen = await stranger.stop();
  expect([seen.has('ECONNREFUSED'), seen.has('open')]).toEqual([true, false]);
  const since = (unit: string) =>
    Number(said(HOST, `systemctl show -P ActiveEnterTimestampMonotonic ${unit}`));
  const filter = since('hxllm-filter');
  expect(filter).toBeGreaterThan(0);
  expect(filter).toBeLessThan(Math.min(since('systemd-networkd'), since('ollama')));
  await verified(lab(), ['--only', 'filter']);
});

test('a power cut in the middle of the first filter: Ollama serves after the boot, as before', async () => {
  await deployed(variables({ hxllm_filter: false }));
  expect(onHost(lab(), HOST, HANGS).status).toBe(0);
  const deploy = lab().hxllm(['deploy', '--yes', '--limit', HOST]);
  await expect.poll(() => said(HOST, 'ls /run/reached; true'), { timeout: 60_000 }).toContain('reached');
  expect(await met(HOST, 11434)).toBe('ECONNREFUSED');
  await lab().powerCut(HOST);
  await lab().powerOn(HOST);
  expect((await deploy).code).toBe(4);
  said(HOST, 'rm -f /usr/local/sbin/systemctl');
  await expect.poll(() => asked(HOST, '127.0.0.1'), { timeout: 30_000 }).toBe('200');
  expect(said(HOST, 'systemctl --failed --plain --no-legend; ls /etc/hxllm/filter.nft 2>/dev/null')).toBe('');
  expect(table()).toContain('No such file');
  await deployed([]);
  expect(await met(HOST, 11434)).toBe('ECONNREFUSED');
});

test('the port of SSH is never closed', async () => {
  const { code, stderr } = await lab().hxllm(['plan', ...variables({ ollama_port: 22 })]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('is the port of SSH')]);
});

test('by IPv6 too: the gateway gets in, another host does not; a run without the gateway keeps it', async () => {
  for (const [host, address] of [
    [HOST, 'fd88::21'],
    [GATEWAY, 'fd88::11'],
    [OTHER, 'fd88::22'],
  ] as const)
    expect(onHost(lab(), host, `ip -6 address add ${address}/64 dev host0 nodad`).status).toBe(0);
  said(GATEWAY, `echo 'fd88::21 ${lab().fqdn(HOST)}' >> /etc/hosts`);
  expect(asked(GATEWAY, '[fd88::21]')).toBe('000');
  const { code } = await lab().hxllm(['deploy', '--yes']);
  expect([code, asked(GATEWAY, '[fd88::21]'), asked(OTHER, '[fd88::21]')]).toEqual([0, '200', '000']);
  expect(await planned([])).toMatchObject({ code: 0 });
});

test('a gateway that the filter would shut out, behind NAT, is found before it is: the change is undone', async () => {
  await deployed(variables({ hxllm_filter: false }));
  const other = lab().address(GATEWAY).replace(/\d+$/, '99');
  const nat = `ip address add ${other}/24 dev host0 && nft add table ip lab &&
nft 'add chain ip lab out { type nat hook postrouting priority srcnat; }' &&
nft add rule ip lab out ip daddr ${lab().address(HOST)} snat to ${other}`;
  expect(onHost(lab(), GATEWAY, nat).status).toBe(0);
  const { code, stdout } = await lab().hxllm(['deploy', '--yes']);
  expect([code, stdout]).toEqual([
    6,
    expect.stringContaining('not coming from the address that its host says'),
  ]);
  expect([asked(GATEWAY, lab().address(HOST)), table()]).toEqual(['200', expect.stringContaining('No such')]);
  await deployed(variables({ ollama_allowed_networks: [other] }), `${HOST},${GATEWAY}`);
  expect(asked(GATEWAY, lab().address(HOST))).toBe('200');
  onHost(lab(), GATEWAY, `nft delete table ip lab; ip address delete ${other}/24 dev host0`);
  await deployed([]);
});

test('litellm_allowed_networks closes the gateway to all others', async () => {
  const url = `http://${lab().address(GATEWAY)}:4000/v1/models`;
  const headers = { authorization: `Bearer ${await masterKey(lab())}` };
  const nobody = variables({ litellm_allowed_networks: ['192.0.2.0/24'] });
  await deployed(nobody, GATEWAY);
  expect([await met(GATEWAY, 4000), asked(OTHER, lab().address(GATEWAY), 4000)]).toEqual([
    'ECONNREFUSED',
    '000',
  ]);
  await verified(lab(), nobody);
  await deployed(variables({ litellm_allowed_networks: [`${own()}/32`] }), GATEWAY);
  expect((await fetch(url, { headers })).status).toBe(200);
  await deployed([], GATEWAY);
  await serving(lab());
});
