// A person's first minutes: an inventory is made, looked at, checked, and never shows a secret.
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { folder, sealed } from '../inventory/folder.js';
import { hxllm, type Ran } from '../support/cli.js';

const GUIDE = join(import.meta.dirname, '../inventory/cases/guide/inventories/dev.ini');
const PASSWORD = join(import.meta.dirname, '../inventory/cases/vault-password');
const API = 'hx-api-server.dev-test.hana-x.ai';

describe('inventory init', () => {
  const root = mkdtempSync(join(tmpdir(), 'hxllm-init-'));
  const here = (...args: string[]): Promise<Ran> => hxllm(args, { cwd: root });
  beforeAll(async () => {
    expect((await here('inventory', 'init')).code).toBe(0);
  });

  it('writes files that only their owner reads where it matters, and keeps the password out of git', () => {
    const mode = (path: string): number => statSync(join(root, path)).mode & 0o777;
    expect([mode('.vault-password'), mode('inventories/group_vars/all/vault.yml')]).toEqual([0o600, 0o600]);
    expect(readFileSync(join(root, '.gitignore'), 'utf8')).toBe('/.vault-password\n');
    expect(readFileSync(join(root, 'inventories/group_vars/all/vault.yml'), 'utf8')).toMatch(
      /^\$ANSIBLE_VAULT;1\.1;AES256\n/,
    );
  });

  it('makes what the check accepts, found without any flag', async () => {
    const { code, stdout } = await here('inventory', 'check');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('✔ 4 hosts') });
  });

  it('makes a key of its own that is nowhere printed', async () => {
    const { stdout } = await here('vault', 'view', 'inventories/group_vars/all/vault.yml');
    const key = /^vault_litellm_master_key: (sk-[\w-]{43})\n$/.exec(stdout)![1]!;
    for (const args of [
      ['list', '--json'],
      ['show', API],
      ['show', API, '--json'],
      ['show', API, '--var', 'litellm_master_key'],
    ]) {
      const shown = await here('inventory', ...args);
      expect(shown.stdout + shown.stderr).not.toContain(key);
      expect(shown.stdout).toContain('[secret]');
    }
  });

  it('overwrites nothing', async () => {
    const before = readFileSync(join(root, '.vault-password'), 'utf8');
    const { code, stderr } = await here('inventory', 'init');
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('nothing was written') });
    expect(readFileSync(join(root, '.vault-password'), 'utf8')).toBe(before);
  });

  it('takes hosts, and says what to add to an ansible.cfg that is there', async () => {
    const other = folder({ 'ansible.cfg': '[defaults]\n', '.gitignore': 'dist' });
    const args = [
      '--gateway',
      'api.lan',
      '--backend',
      'g1.lan',
      '--backend',
      'g2.lan',
      '--webui',
      'ui.lan',
      '--user',
      'ops',
    ];
    const { code, stdout } = await hxllm(['inventory', 'init', other, ...args]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('vault_password_file') });
    expect(readFileSync(join(other, 'inventories/dev.ini'), 'utf8')).toBe(
      '[litellm]\napi.lan\n\n[llm]\ng1.lan\ng2.lan\n\n[webui]\nui.lan\n\n[all:vars]\nansible_user=ops\nansible_become=true\n',
    );
    expect(readFileSync(join(other, '.gitignore'), 'utf8')).toBe('dist\n/.vault-password\n');
  });
});

describe("the guide's inventory", () => {
  const guide = (...args: string[]): Promise<Ran> =>
    hxllm(['inventory', ...args, '-i', GUIDE], { env: { HXLLM_VAULT_PASSWORD_FILE: PASSWORD } });

  it('is listed', async () => {
    const { code, stdout } = await guide('list');
    expect(code).toBe(0);
    expect(
      stdout
        .split('\n')
        .slice(0, 2)
        .map((line) => line.split(/\s+/)),
    ).toEqual([
      ['HOST', 'GROUPS', 'ADDRESS'],
      [API, 'litellm', API],
    ]);
  });

  it('is JSON with groups as ansible-inventory has them and variables as written', async () => {
    const { stdout } = await guide('list', '--json', '--limit', 'hx-llm01-server');
    const { schema, groups, hosts } = JSON.parse(stdout);
    expect({ schema, llm: groups.llm, litellm: groups.litellm }).toEqual({
      schema: 1,
      llm: { hosts: ['hx-llm01-server.dev-test.hana-x.ai'], children: [] },
      litellm: { hosts: [], children: [] },
    });
    expect(hosts['hx-llm01-server.dev-test.hana-x.ai']).toMatchObject({
      litellm_bind_port: 4000,
      litellm_master_key: '{{ vault_litellm_master_key }}',
      vault_litellm_master_key: '[secret]',
    });
  });

  it('is drawn', async () => {
    const { stdout } = await guide('graph');
    expect(stdout).toBe(`@all:
  |--@ungrouped:
  |--@litellm:
  |  |--${API}
  |--@llm:
  |  |--hx-llm01-server.dev-test.hana-x.ai
  |  |--hx-llm02-server.dev-test.hana-x.ai
`);
  });

  it('shows a value with its place', async () => {
    const { stdout } = await guide('show', 'hx-api-server', '--var', 'litellm_bind_port', '--json');
    expect(JSON.parse(stdout).variables.litellm_bind_port).toEqual({
      value: 4000,
      origin: 'test/inventory/cases/guide/inventories/group_vars/all/litellm.yml:2',
    });
  });

  it.each([
    [['show', 'hx-llm'], 'neither a host nor a group'],
    [['show', 'llm'], 'means 2 hosts'],
    [['show', 'hx-api-server', '--var', 'nope'], 'nope is not set'],
    [['graph', 'nope'], 'there is no group nope'],
    [['list', '--limit', 'nope'], 'neither a host nor a group'],
  ])('%j is exit 2', async (args, message) => {
    const { code, stderr } = await guide(...args);
    expect(code).toBe(2);
    expect(stderr.replace(/\s*›\s*/g, ' ')).toContain(message);
  });
});

it('check collects everything that is wrong, with places and what mends it', async () => {
  const root = folder({
    'hosts.ini': '[litellm]\na\n[llm]\nb c=x#y\n',
    'group_vars/all.yml':
      'litellm_bind_port: 99999\nlitellm_master_key: sk-1234\nlitellm_backends: "{{ nope }}"\n',
  });
  const { code, stdout } = await hxllm(['inventory', 'check', '-i', 'hosts.ini', '--json'], { cwd: root });
  expect(code).toBe(2);
  const { problems, warnings, exit } = JSON.parse(stdout);
  expect(exit).toBe(2);
  const messages = problems.map(({ message }: { message: string }) => message).join('\n');
  for (const text of [
    'group_vars/all.yml:1',
    'group_vars/all.yml:2',
    'group_vars/all.yml:3',
    'nope is undefined',
  ])
    expect(messages).toContain(text);
  expect(warnings).toEqual([{ message: expect.stringContaining('comment'), where: 'hosts.ini:4' }]);
});

it('check without a password names the vault', async () => {
  const root = folder({
    'hosts.ini': '[litellm]\na\n[llm]\nb\n',
    'group_vars/all/vault.yml': sealed('x: 1\n'),
  });
  const { code, stdout } = await hxllm(['inventory', 'check', '-i', 'hosts.ini'], { cwd: root });
  expect(code).toBe(2);
  expect(stdout).toContain('group_vars/all/vault.yml');
  expect(stdout).toContain('--vault-password-file');
});

it('several inventories are a question, not a guess', async () => {
  const root = folder({ 'inventories/a.ini': 'h\n', 'inventories/b.ini': 'h\n' });
  const { code, stderr } = await hxllm(['inventory', 'list'], { cwd: root });
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('-i inventories/a.ini') });
  writeFileSync(join(root, 'ansible.cfg'), '[defaults]\ninventory=inventories/b.ini\n');
  expect((await hxllm(['inventory', 'list'], { cwd: root })).code).toBe(0);
});
