// Clients asked from a host: a real sshd of this machine, through which real clients find a gateway, or do not.
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClientCheck } from '../../src/checks/client.js';
import { CLIENT_CHECKS } from '../../src/checks/clients.js';
import { HxError } from '../../src/errors.js';
import { Masker, Secret } from '../../src/secret.js';
import { connect, type Session } from '../../src/ssh/index.js';
import { stackOf } from '../../src/stack/read.js';
import type { GatewayHost } from '../../src/stack/stack.js';
import { checkClient, clientRun } from '../../src/tasks/client-checks.js';
import { openEvidence } from '../../src/tasks/evidence.js';
import { type Fleet, fleetOf } from '../../src/tasks/fleet.js';
import { aGateway, aStack, KEY } from '../checks/members.js';
import { type FakeGateway, fakeGateway } from '../services/fake-gateway.js';
import { inventoryOf } from '../stack/inventory.js';
import { rootOn, type Sshd, startSshd } from '../support/sshd.js';

const [curl, python, node] = CLIENT_CHECKS as [ClientCheck, ClientCheck, ClientCheck];
/** A label of 64 characters: no resolver has to be asked, whose silence would be another answer. */
const NOWHERE = `http://${'n'.repeat(64)}.invalid:4000`;

let sshd: Sshd;
let session: Session;
let fake: FakeGateway;
beforeAll(async () => {
  [sshd, fake] = await Promise.all([startSshd(), fakeGateway(KEY)]);
  session = await connect(rootOn(sshd));
});
afterAll(async () => {
  session?.close();
  await Promise.all([sshd?.stop(), fake?.close()]);
});

const masker = new Masker();
const asking = { signal: new AbortController().signal, trace: undefined, masker };
const host = aGateway().host;
const from = (rest: object = { session }) => ({ name: 'web1', host, members: [], ...rest });
const ask = async (check: ClientCheck, gateway: Partial<GatewayHost>, more = {}, entry = from()) =>
  checkClient(check, entry, aStack(aGateway(gateway)), { ...asking, ...more });

test.each([
  ['curl', curl],
  ['node', node],
])('%s passes through the host, and the evidence has what was asked without the key', async (_, check) => {
  const evidence = await openEvidence(mkdtempSync(join(tmpdir(), 'hxllm-evidence-')), new Masker());
  const [found] = await ask(check, { baseUrl: fake.url }, { evidence });
  expect(found).toMatchObject({ check: check.id, host: 'web1', status: 'pass', title: check.title });
  expect(found?.message).toContain('as admin, with the master key: lists 1 model; chat: gave the nonce');
  const [name] = readdirSync(join(evidence.folder, 'web1'));
  const text = readFileSync(join(evidence.folder, 'web1', name as string), 'utf8');
  expect([name, text.includes('hxllm-')]).toEqual([expect.stringContaining(check.id), true]);
  expect(text).not.toContain(KEY);
  // also a key that no vault held is kept out of what --verbose shows
  expect(masker.mask(KEY)).toBe('[secret]');
});

test.each([
  ['curl', curl],
  ['node', node],
])('%s tells that the host does not find the name, and what to do', async (_, check) => {
  const [found] = await ask(check, { baseUrl: NOWHERE });
  expect(found).toMatchObject({
    status: 'fail',
    hint: expect.stringMatching(/^web1 has to find n+\.invalid/),
  });
  expect(found?.message).toMatch(/the models are not listed: its name is not found$/);
});

test('node tells what the host met behind the tunnel', async () => {
  const [found] = await ask(node, { baseUrl: 'http://127.0.0.1:9' });
  expect(found?.message).toMatch(/the models are not listed: it refuses the connection$/);
});

test('a host whose sshd forbids tunnels is told', async () => {
  const closed = await startSshd(['AllowTcpForwarding no']);
  const own = await connect(rootOn(closed));
  const [found] = await ask(node, { baseUrl: fake.url }, {}, from({ session: own }));
  expect(found?.message).toMatch(/sshd of the host allows no tunnel$/);
  own.close();
  await closed.stop();
});

test('a host without the SDK is a failure that names where it is', async () => {
  const bare = { ...session, run: async () => ({ code: 0, stdout: 'python none\n', stderr: '' }) };
  const [found] = await ask(python, { baseUrl: fake.url }, {}, from({ session: bare }));
  expect(found).toMatchObject({
    status: 'fail',
    message: `as admin, with the master key at ${fake.url}: no Python of this host has the openai SDK`,
    hint: expect.stringContaining('--from gw.lan'),
  });
});

test('a host that is away is not reached: exit 4', async () => {
  const error = new HxError({ code: 'unreachable', where: 'web1', message: 'no route', hint: 'ping it' });
  const found = await ask(curl, {}, {}, from({ error }));
  expect(found).toMatchObject([
    { check: 'client-curl', host: 'web1', status: 'unreached', message: 'no route', hint: 'ping it' },
  ]);
});

test('each URL of several gateways is asked, a shared one once', async () => {
  const one = aGateway({ baseUrl: fake.url });
  const stack = {
    ...aStack(one),
    gateways: [one, aGateway({ baseUrl: fake.url }), aGateway({ baseUrl: NOWHERE })],
  };
  const found = await checkClient(curl, from(), stack, asking);
  expect(found.map(({ subject, status }) => [subject, status])).toEqual([
    [fake.url, 'pass'],
    [NOWHERE, 'fail'],
  ]);
});

test('asked with a key of a client', async () => {
  const clients = [{ name: 'alice', key: new Secret(KEY) }];
  const [found] = await ask(curl, { baseUrl: fake.url, clients, masterKey: new Secret('sk-other') });
  expect(found).toMatchObject({ status: 'pass', data: { as: 'alice' } });
});

const INI = `[litellm]\napi.lan\n[llm]\nllm1.lan\n[other]\ndb1.lan\ndb1.example.com\nmail.lan\n`;
async function fleet(ini = INI): Promise<Fleet> {
  const own =
    'litellm_master_key: sk-0123456789abcdef0123456789abcdef\nlitellm_models: [{name: m, model: m}]\n';
  const { inventory } = await inventoryOf({ 'dev.ini': ini, 'group_vars/all/own.yml': own });
  expect(stackOf(inventory).gateways).toHaveLength(1);
  return fleetOf(inventory, { limit: undefined });
}

test.each([
  ['api.lan', undefined, INI],
  ['web.lan', undefined, `${INI}[webui]\nweb.lan\nweb2.lan\n`],
  ['llm1.lan', 'llm1', INI],
  ['mail.lan', 'mail.lan', INI],
])('clients are asked from %s with --from %s', async (host, name, ini) => {
  const all = await fleet(ini);
  const before = all.hosts.length;
  const { from } = clientRun(all, [curl], name)!;
  expect(from.name).toBe(host);
  // a host that plays no role is connected to as the others are, and nothing else is asked of it
  const isKnown = ['api.lan', 'llm1.lan', 'web.lan'].includes(host);
  expect([all.hosts.length - before, all.hosts.includes(from)]).toEqual([isKnown ? 0 : 1, true]);
  expect(from.members.length > 0).toBe(isKnown);
});

test.each([
  ['nix', '--from nix is no host of the inventory', 'hosts: api.lan, llm1.lan, db1.lan'],
  ['db1', '--from db1 means several hosts', 'hosts: db1.lan, db1.example.com'],
])('--from %s is exit 2 with the hosts', async (name, message, hint) => {
  const all = await fleet();
  try {
    clientRun(all, [curl], name);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ exitCode: 2, message, suggestions: [expect.stringContaining(hint)] });
  }
});

test('without --clients nobody is added', async () => {
  const all = await fleet();
  expect([clientRun(all, [], 'mail.lan'), all.hosts.length]).toEqual([undefined, 2]);
});
