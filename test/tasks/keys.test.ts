// What keys list says of each key, and where keys create may write.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seal } from '../../src/inventory/vault/envelope.js';
import { Secret } from '../../src/secret.js';
import { clientEntries } from '../../src/stack/clients.js';
import { compared } from '../../src/tasks/keys/list.js';
import { masterFile, placeOf } from '../../src/tasks/keys/place.js';
import { fleetFor } from '../roles/fleet.js';
import { inventoryOf, KEY } from '../stack/inventory.js';

const VARIABLES = `litellm_master_key: "{{ vault_key }}"
litellm_models: [{name: m, model: m}]\n`;
const ALICE = 'sk-alice-0123456789abcdef';
const fleetOf = async (files: Record<string, string>) => {
  const { inventory, folder } = await inventoryOf(
    {
      'dev.ini': '[litellm]\ngw1\ngw2\n[llm]\nllm1\n',
      'group_vars/all/main.yml': VARIABLES,
      'group_vars/all/vault.yml': seal(`# kept\nvault_key: ${KEY} # mine\n`, 'pw'),
      ...files,
    },
    { vaultPassword: 'pw' },
  );
  return { fleet: fleetFor(inventory), folder };
};

describe('keys list', () => {
  it('tells where inventory and hosts differ', async () => {
    const { fleet } = await fleetOf({
      'group_vars/all/clients.yml': `litellm_clients:
  - {name: alice, key: ${ALICE}, rpm: 5}
  - {name: old, key: sk-old-0123456789abcdef, expires: 2020-01-01}\n`,
    });
    const gateways = fleet.stack.gateways;
    const entries = Object.fromEntries(clientEntries(gateways[0]!));
    const alice = Object.keys(entries).find((hash) => entries[hash]?.name === 'alice')!;
    const { [alice]: _, ...without } = entries;
    const more = { ...entries, [alice]: { name: 'alice', rpm: 6 }, ['f'.repeat(64)]: { name: 'mallory' } };
    const listed = compared(
      gateways,
      new Map([
        ['gw1', without],
        ['gw2', more],
      ]),
    );
    expect(listed.map(({ name, key, state }) => [name, key.length, state])).toEqual([
      ['admin', 8, 'ok'],
      ['alice', 8, 'not on gw1, differs on gw2'],
      ['mallory', 8, 'not in the inventory (gw2)'],
      ['old', 8, 'expired'],
    ]);
    expect(listed[1]).toMatchObject({ rpm: 5 });
    expect(JSON.stringify(listed)).not.toMatch(ALICE);
    expect(compared(gateways, new Map()).map((c) => c.state)).toEqual(['unknown', 'unknown', 'expired']);
  });
});

describe('keys create', () => {
  it('writes into a file of its own beside the inventory', async () => {
    const { fleet, folder } = await fleetOf({});
    expect(placeOf(fleet, '', '')).toEqual({
      file: join(folder, 'group_vars/all/litellm_clients.yml'),
      text: '',
    });
  });

  it.each([
    [
      'a list of the person',
      { 'group_vars/all/mine.yml': 'litellm_clients: []\n' },
      /mine\.yml:1: litellm_clients is yours/,
    ],
    [
      'a list of one group',
      { 'group_vars/litellm.yml': 'litellm_clients: []\n' },
      /group_vars\/litellm\.yml:1/,
    ],
  ])('leaves %s alone and says what to add', async (_, files, message) => {
    const { fleet } = await fleetOf(files);
    const error = (() => {
      try {
        return placeOf(fleet, 'add there:', '  - name: "x"\n');
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
      suggestions: ['add there:\n  - name: "x"\nthen: hxllm deploy'],
    });
  });

  it('makes no folder that would hide group_vars/all.yml', async () => {
    const { inventory } = await inventoryOf({
      'dev.ini': '[litellm]\ngw1\n[llm]\nllm1\n',
      'group_vars/all.yml': `${VARIABLES}vault_key: ${KEY}\n`,
    });
    expect(() => placeOf(fleetFor(inventory), '', '')).toThrow(
      /group_vars\/all\.yml: litellm_clients is yours/,
    );
  });

  it('puts the key beside the master key, and takes it away again, byte by byte', async () => {
    const { fleet, folder } = await fleetOf({});
    const path = join(folder, 'group_vars/all/vault.yml');
    const plain = () => fleet.inventory.vault.open(readFileSync(path, 'utf8'), path);
    const before = plain();
    const file = masterFile(fleet);
    file.state();
    file.add('vault_litellm_client_alice', new Secret(ALICE));
    expect(plain()).toBe(`${before}vault_litellm_client_alice: ${ALICE}\n`);
    expect(readFileSync(path, 'utf8')).toMatch(/^\$ANSIBLE_VAULT;1\.1/);
  });
});
