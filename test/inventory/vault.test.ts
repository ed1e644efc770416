// Vaults: opened only when needed, with the right password; what comes out is a Secret and known to the masker.
import { describe, expect, it } from 'vitest';
import type { Inventory, Value } from '../../src/inventory/index.js';
import { open, readEnvelope } from '../../src/inventory/vault/envelope.js';
import { Secret } from '../../src/secret.js';
import { folder, inline, load, sealed } from './folder.js';

const PASSWORD = { vaultPasswordFiles: ['pw'] };
const BASE = { 'hosts.ini': '[g]\nh\n[other]\no\n', pw: 'pw\n' };
const host = (inventory: Inventory, name = 'h') => inventory.hosts.get(name)!;
const revealed = (value: Value | undefined): unknown => (value instanceof Secret ? value.reveal() : value);

describe('the format', () => {
  // made by ansible-vault: "foobar\n" under test-vault-password is in Ansible's own fixtures; this one is ours
  it.each([
    ['', 'x'],
    ['exactly sixteen!', 'pass'],
    ['ümläut €\n\n', 'ümläut'],
  ])('%j comes back', (text, password) => {
    const envelope = readEnvelope(sealed(text, password, 'dev'));
    expect(envelope.label).toBe('dev');
    expect(open(envelope, password)).toBe(text);
    expect(open(envelope, `${password}x`)).toBeUndefined();
  });

  it.each([
    ['$ANSIBLE_VAULT;1.0;AES\nabc\n', 'not a vault of format'],
    ['$ANSIBLE_VAULT;1.1;AES256\nxyz\n', 'damaged'],
    ['$ANSIBLE_VAULT;1.1;AES256\n', 'damaged'],
    [sealed('text').slice(0, -40), 'damaged'],
  ])('%j: %s', (text, message) => {
    expect(() => readEnvelope(text)).toThrow(message);
  });

  it('has lines of 80 characters, and 1.1 when there is no label', () => {
    const lines = sealed('x'.repeat(200)).trimEnd().split('\n');
    expect(lines[0]).toBe('$ANSIBLE_VAULT;1.1;AES256');
    expect(Math.max(...lines.slice(1).map((line) => line.length))).toBe(80);
  });
});

describe('a whole encrypted file', () => {
  const files = {
    ...BASE,
    'group_vars/g/vault.yml': sealed('vault_key: sk-topsecret1\nport: 4000\nnested: {key: inner-secret}\n'),
    'group_vars/g/main.yml': 'key: "{{ vault_key }}"\nurl: "http://u:{{ vault_key }}@x"\nplain: 1\n',
  };

  it('gives Secrets, also for what is built with them', async () => {
    const { inventory, masker } = await load(files, PASSWORD);
    const values = ['key', 'vault_key', 'url', 'port', 'plain'].map((name) => host(inventory).get(name));
    expect(values.map((value) => value instanceof Secret)).toEqual([true, true, true, false, false]);
    expect(values.map(revealed)).toEqual([
      'sk-topsecret1',
      'sk-topsecret1',
      'http://u:sk-topsecret1@x',
      4000,
      1,
    ]);
    expect(JSON.stringify(host(inventory).get('nested'))).toBe('{"key":"[secret]"}');
    expect(masker.mask('it is sk-topsecret1')).toBe('it is [secret]');
  });

  it('is not needed by who finds the variable elsewhere, and by other hosts', async () => {
    const { inventory } = await load(files);
    expect(host(inventory).get('plain')).toBe(1);
    expect(host(inventory, 'o').get('nowhere')).toBeUndefined();
    expect(host(inventory).variables()).toContain('key');
  });

  it('is named when it could hold what is asked for and there is no password', async () => {
    const { inventory } = await load(files);
    for (const name of ['vault_key', 'nowhere', 'key'])
      expect(() => host(inventory).get(name)).toThrow(
        expect.objectContaining({
          code: 'vault',
          exitCode: 2,
          where: expect.stringMatching(/group_vars\/g\/vault\.yml$/),
          suggestions: [expect.stringContaining('--vault-password-file')],
        }),
      );
  });

  it('with a wrong password is an error that names file and password', async () => {
    const { inventory } = await load({ ...files, pw: 'wrong\n' }, PASSWORD);
    expect(() => host(inventory).get('vault_key')).toThrow(/vault\.yml: wrong vault password; tried .*pw$/);
  });

  it('that is no YAML does not show what it holds', async () => {
    const { inventory } = await load(
      { ...BASE, 'group_vars/all.yml': sealed('a: [sk-topsecret1') },
      PASSWORD,
    );
    expect(() => host(inventory).get('a')).toThrow(/what is encrypted here is not valid YAML/);
  });
});

describe('an inline !vault', () => {
  const files = {
    ...BASE,
    'group_vars/all.yml': `plain: 1\nkey: ${inline('sk-inline-{{ plain }}')}\nclients:\n  - name: ui\n    key: "{{ key }}"\nnames: "{{ clients | map(attribute='name') | list }}"\nchosen: "{{ key | default('x') }}"\nlength: "{{ key | length }}"\n`,
  };

  it('is never a template, and taints only what is built with it', async () => {
    const { inventory } = await load(files, PASSWORD);
    expect(revealed(host(inventory).get('key'))).toBe('sk-inline-{{ plain }}');
    expect(host(inventory).get('names')).toEqual(['ui']);
    expect(revealed(host(inventory).get('chosen'))).toBe('sk-inline-{{ plain }}');
    expect(JSON.stringify(host(inventory).get('clients'))).toBe('[{"name":"ui","key":"[secret]"}]');
  });

  it('is an error with its line only for who needs it', async () => {
    const { inventory } = await load(files);
    expect(host(inventory).get('plain')).toBe(1);
    expect(host(inventory).has('key')).toBe(true);
    expect(() => host(inventory).get('key')).toThrow(
      /all\.yml:2: is encrypted and no vault password is given/,
    );
  });
});

describe('passwords', () => {
  const files = {
    'hosts.ini': 'h\n',
    'group_vars/all/dev.yml': sealed('dev: 1\n', 'dev-pw', 'dev'),
    'group_vars/all/prod.yml': sealed('prod: 1\n', 'prod-pw', 'prod'),
    dev: 'dev-pw\n',
    prod: '  prod-pw  \n',
    'ask-client.sh': '#!/bin/sh\n[ "$1" = --vault-id ] && echo "$2-pw"\n',
    'run.sh': '#!/bin/sh\necho dev-pw\n',
    'fail.sh': '#!/bin/sh\nexit 3\n',
    empty: '\n',
  };
  const values = (inventory: Inventory) => [host(inventory).get('dev'), host(inventory).get('prod')];

  it.each([
    ['labels', { vaultIds: ['dev@dev', 'prod@prod'] }, {}],
    ['labels the wrong way round', { vaultIds: ['prod@dev', 'dev@prod'] }, {}],
    ['files without labels', { vaultPasswordFiles: ['dev', 'prod'] }, {}],
    ['a client program', { vaultIds: ['dev@ask-client.sh', 'prod@ask-client.sh'] }, {}],
    ['an executable', { vaultPasswordFiles: ['run.sh', 'prod'] }, {}],
    ['the environment', {}, { ANSIBLE_VAULT_IDENTITY_LIST: 'dev@dev, prod@prod' }],
  ])('%s', async (_, options, env) => {
    const { inventory } = await load(files, { ...options, env });
    expect(values(inventory)).toEqual([1, 1]);
  });

  it('come from ansible.cfg, relative to it', async () => {
    const cfg = '[defaults]\n; note\nvault_identity_list = dev@dev, prod@prod ; note\n';
    const { inventory } = await load({ ...files, 'ansible.cfg': cfg });
    expect(values(inventory)).toEqual([1, 1]);
  });

  it('come from ANSIBLE_VAULT_PASSWORD_FILE and from a question', async () => {
    const prompt = async (label: string) => new Secret(label.includes('prod') ? 'prod-pw' : 'x');
    const env = { ANSIBLE_VAULT_PASSWORD_FILE: 'dev' };
    const { inventory } = await load(files, { vaultIds: ['prod@prompt'], prompt, env });
    expect(values(inventory)).toEqual([1, 1]);
  });

  it('with other labels leave a vault closed, as if there were none', async () => {
    const { inventory } = await load(files, { vaultIds: ['dev@dev'] });
    expect(host(inventory).get('dev')).toBe(1);
    expect(() => host(inventory).get('prod')).toThrow(
      /prod\.yml: there is no password for this vault, and prod/,
    );
  });

  it.each([
    ['fail.sh', 'ended with code 3'],
    ['empty', 'is empty'],
    ['missing', 'cannot read the vault password'],
  ])('%s: %s', async (file, message) => {
    const { inventory } = await load(files, { vaultPasswordFiles: [file] });
    expect(() => host(inventory).get('dev')).toThrow(expect.objectContaining({ code: 'vault' }));
    expect(() => host(inventory).get('dev')).toThrow(message);
  });

  it('are not read before they are needed', async () => {
    const root = folder({ 'hosts.ini': 'h a=1\n' });
    const { inventory } = await load({ 'hosts.ini': 'h a=1\n' }, { vaultPasswordFiles: [`${root}/missing`] });
    expect(host(inventory).get('a')).toBe(1);
  });
});
