// litellm_clients: what is read of it, what is refused and how it is told, and older keys that still count.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keys } from '../../src/roles/gateway/keys.js';
import { secondsOf } from '../../src/stack/clients.js';
import { readStack, stackOf } from '../../src/stack/read.js';
import { COMPLETED, guide, KEY } from './inventory.js';

const ALICE = 'sk-alice-0123456789abcdef';
const OLDER = 'sk-older-0123456789abcdef';
const hash = (key: string) => createHash('sha256').update(key).digest('hex');
const gatewayOf = async (variables: string) =>
  stackOf((await guide(`${COMPLETED}${variables}`)).inventory).gateways[0]!;
const problemsOf = async (entries: string) => {
  const { inventory, folder } = await guide(`${COMPLETED}litellm_clients: ${entries}\n`);
  const { problems } = readStack(inventory);
  for (const { variable, where } of problems)
    expect([variable, where]).toEqual(['litellm_clients', `${folder}/group_vars/all/own.yml:4`]);
  return problems.map((p) => p.message);
};

it('every field of a client is read and typed', async () => {
  const { clients } = await gatewayOf(`litellm_clients:
  - {name: alice, key: ${ALICE}, models: [phi3-3.8b], rpm: "5", tpm: 100, parallel: 2, expires: 2027-01-31}
  - {name: prometheus, key: sk-metrics-0123456789abcdef, metrics: yes}\n`);
  expect(clients.map(({ key, ...rest }) => ({ ...rest, key: key.reveal() }))).toEqual([
    {
      name: 'alice',
      key: ALICE,
      models: ['phi3-3.8b'],
      rpm: 5,
      tpm: 100,
      parallel: 2,
      expires: Date.parse('2027-01-31') / 1000,
    },
    { name: 'prometheus', key: 'sk-metrics-0123456789abcdef', metrics: true },
  ]);
});

const entry = (rest: string) => `[{name: alice, key: ${ALICE}${rest}}]`;
const ROWS: Record<string, [entries: string, ...messages: (string | RegExp)[]]> = {
  'an unknown field': [entry(', models_: [a]'), 'alice: unknown field models_'],
  'no name': [`[{key: ${ALICE}}]`, 'entry 1: has no name'],
  'the name of hxllm': [`[{name: admin, key: ${ALICE}}]`, "admin: is a name of hxllm's own"],
  'the name that the log has for nobody': [`[{name: none, key: ${ALICE}}]`, "none: is a name of hxllm's own"],
  'a name with a space': [`[{name: a b, key: ${ALICE}}]`, /^a b: the name has other characters/],
  'one name twice': [`[{name: a, key: ${ALICE}}, {name: a, key: ${OLDER}}]`, 'a: is named twice'],
  'no key': ['[{name: alice}]', 'alice: has no key'],
  'a key that is a number': ['[{name: alice, key: 12345678}]', 'alice: key should be a string'],
  'a short key': ['[{name: alice, key: sk-short}]', 'alice: key is shorter than 20 characters'],
  'a key that everybody knows': [
    '[{name: alice, key: sk-1234567890abcdef-test-key-please-replace}]',
    'alice: key is a key that everybody knows',
  ],
  'a key without sk-': ['[{name: alice, key: 0123456789abcdef0123x}]', 'alice: key must begin with sk-'],
  'a key with a space': ['[{name: alice, key: sk-0123456789 abcdef}]', /^alice: key has a space/],
  "the administrator's key": [
    `[{name: alice, key: ${KEY}}]`,
    'alice: key is also that of litellm_master_key',
  ],
  "another client's key": [
    `[{name: alice, key: ${ALICE}}, {name: bob, key: ${ALICE}}]`,
    'bob: key is also that of alice',
  ],
  'an unknown model': [entry(', models: [phi3-3.8b, gpt]'), 'alice: no model gpt'],
  'no model at all': [entry(', models: []'), 'alice: models is empty'],
  'no requests': [entry(', rpm: 0'), 'alice: rpm should be an integer above 0, not 0'],
  'half a token': [entry(', tpm: 1.5'), 'alice: tpm should be an integer above 0, not 1.5'],
  'a word for a number': [
    entry(', parallel: two'),
    'alice: parallel should be an integer above 0, not "two"',
  ],
  'an end that is no date': [entry(', expires: soon'), 'alice: expires should be a date, not "soon"'],
  'a day that there is not': [entry(', expires: 2027-02-45'), /^alice: expires should be a date/],
  'metrics and a chat': [
    entry(', metrics: true, models: [phi3-3.8b], rpm: 5'),
    'alice: metrics and models, rpm exclude each other',
  ],
  'a map of clients': [
    '{alice: {key: sk-shown-0123456789abcdef}}',
    /^should be a list of maps, not \{"alice":\{"key":"\[secret\]"/,
  ],
};

describe('litellm_clients', () => {
  it.each(Object.entries(ROWS))('%s is told', async (_, [entries, ...messages]) => {
    expect(await problemsOf(entries)).toEqual(
      messages.map((m) => (typeof m === 'string' ? m : expect.stringMatching(m))),
    );
  });
});

it.each([
  ['2027-01-31', '2027-01-31T00:00:00Z'],
  ['2027-01-31 12:30', '2027-01-31T12:30:00Z'],
  ['2027-01-31T12:30:00+02:00', '2027-01-31T10:30:00Z'],
  ['1800000000', '2027-01-15T08:00:00Z'],
])('%s is %s', (text, time) => {
  expect(secondsOf(text)).toBe(Date.parse(time) / 1000);
});

describe('older keys', () => {
  const entriesOf = async (variables: string) => {
    const spec = keys(await gatewayOf(variables))[0]!.spec;
    return { keys: JSON.parse(spec.json).keys, map: spec.map };
  };
  const byVault = `litellm_clients: [{name: alice, key: "{{ vault_alice }}", rpm: 5}]
vault_alice: ${ALICE}\n`;

  it('count beside the new one with the same name and rights', async () => {
    const { keys: all, map } = await entriesOf(
      `${byVault}vault_alice_previous: ${OLDER}\nlitellm_master_key_previous: sk-admin-0123456789abcdef\n`,
    );
    expect(all).toEqual({
      [hash(KEY)]: { name: 'admin', admin: true },
      [hash('sk-admin-0123456789abcdef')]: { name: 'admin', admin: true },
      [hash(ALICE)]: { name: 'alice', rpm: 5 },
      [hash(OLDER)]: { name: 'alice', rpm: 5 },
    });
    expect(map).toMatch(`${hash(OLDER)} alice\n`);
  });

  it('end at their time, and are left out after it', async () => {
    const until = (seconds: number) =>
      entriesOf(`${byVault}vault_alice_previous: ${OLDER}\nvault_alice_previous_until: ${seconds}\n`);
    expect((await until(4_000_000_000)).keys[hash(OLDER)].expires).toBe(4_000_000_000);
    expect((await until(1_700_000_000)).keys[hash(OLDER)]).toBeUndefined();
  });

  it('never end later than the client', async () => {
    const { keys: all } = await entriesOf(
      `${byVault.replace('rpm: 5', 'expires: 3000000000')}vault_alice_previous: ${OLDER}\nvault_alice_previous_until: 4000000000\n`,
    );
    expect(all[hash(OLDER)].expires).toBe(3_000_000_000);
  });

  it('with the key of today change nothing', async () => {
    const { keys: all } = await entriesOf(
      `${byVault}vault_alice_previous: ${ALICE}\nvault_alice_previous_until: 4000000000\n`,
    );
    expect(all[hash(ALICE)]).toEqual({ name: 'alice', rpm: 5 });
  });
});
