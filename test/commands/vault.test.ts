// Vault commands on real files: in one step, mode kept, plaintext only where it was asked for.
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { open, readEnvelope } from '../../src/inventory/vault/envelope.js';
import { folder, sealed } from '../inventory/folder.js';
import { ROOT } from '../support/built.js';
import { hxllm, type Ran, run } from '../support/cli.js';

const FIXTURE = join(import.meta.dirname, '../inventory/cases');
const FILES = {
  pw: 'pw\n',
  new: 'new-password\n',
  'vault.yml': sealed('a: secret-value\n'),
  'plain.yml': 'b: 2\n',
};
const KEY = ['--vault-password-file', 'pw'];
const text = (root: string, file = 'vault.yml'): string => readFileSync(join(root, file), 'utf8');
const vault = (root: string, args: string[], env = {}): Promise<Ran> =>
  hxllm(['vault', ...args], { cwd: root, env });

it('view shows what ansible-vault encrypted, in both formats', async () => {
  for (const [file, expected] of [
    ['field/group_vars/all/vault.yml', 'vault_db_password: "p@ss: {word}"'],
    ['vaults/group_vars/all/dev.yml', 'from_dev: dev-secret-value'],
  ]) {
    const { code, stdout } = await vault(FIXTURE, ['view', file!, '--vault-password-file', 'vault-password']);
    expect(code).toBe(0);
    expect(stdout).toContain(expected);
  }
});

it('encrypt and decrypt give the same bytes back and keep the mode', async () => {
  const root = folder(FILES);
  chmodSync(join(root, 'plain.yml'), 0o640);
  expect(await vault(root, ['encrypt', 'plain.yml', ...KEY])).toMatchObject({ code: 0 });
  expect(open(readEnvelope(text(root, 'plain.yml')), 'pw')).toBe('b: 2\n');
  expect(statSync(join(root, 'plain.yml')).mode & 0o777).toBe(0o640);
  expect(await vault(root, ['decrypt', 'plain.yml', ...KEY])).toMatchObject({ code: 0 });
  expect(text(root, 'plain.yml')).toBe('b: 2\n');
  expect(readdirSync(root).sort()).toEqual(['new', 'plain.yml', 'pw', 'vault.yml']);
});

it('encrypt takes the label of the password', async () => {
  const root = folder(FILES);
  await vault(root, [
    'encrypt',
    'plain.yml',
    '--vault-id',
    'dev@pw',
    '--vault-id',
    'prod@new',
    '--encrypt-vault-id',
    'prod',
  ]);
  expect(text(root, 'plain.yml')).toMatch(/^\$ANSIBLE_VAULT;1\.2;AES256;prod\n/);
  expect(open(readEnvelope(text(root, 'plain.yml')), 'new-password')).toBe('b: 2\n');
});

it('rekey changes the password and nothing else', async () => {
  const root = folder(FILES);
  expect((await vault(root, ['rekey', 'vault.yml', ...KEY, '--new-vault-password-file', 'new'])).code).toBe(
    0,
  );
  expect(open(readEnvelope(text(root)), 'new-password')).toBe('a: secret-value\n');
  expect(open(readEnvelope(text(root)), 'pw')).toBeUndefined();
});

describe('edit', () => {
  const edit = (root: string, editor: string): Promise<Ran> =>
    vault(root, ['edit', 'vault.yml', ...KEY], { EDITOR: editor, VISUAL: '' });

  it('gives the editor a private copy, encrypts what it wrote and leaves nothing behind', async () => {
    const root = folder({ ...FILES, seen: '' });
    const editor = `sh -c 'stat -c %a "$1" > seen; echo "$1" >> seen; echo "c: 3" >> "$1"' sh`;
    expect(await edit(root, editor)).toMatchObject({ code: 0, stdout: 'changed: vault.yml\n' });
    const [mode, copy] = text(root, 'seen').trim().split('\n');
    expect({ mode, there: existsSync(copy!) }).toEqual({ mode: '600', there: false });
    expect(open(readEnvelope(text(root)), 'pw')).toBe('a: secret-value\nc: 3\n');
  });

  it('leaves a file that somebody else changed meanwhile, and keeps what was written, encrypted', async () => {
    const meanwhile = sealed('b: 2\n');
    const root = folder({ ...FILES, meanwhile });
    const editor = `sh -c 'echo "c: 3" >> "$1"; cp meanwhile vault.yml' sh`;
    expect(await edit(root, editor)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/changed by somebody else meanwhile[\s\S]*vault\.yml\.edited/),
    });
    expect(text(root)).toBe(meanwhile);
    expect(open(readEnvelope(text(root, 'vault.yml.edited')), 'pw')).toBe('a: secret-value\nc: 3\n');
  });

  it.each([
    ['changes nothing', 'true', 0],
    ['fails', 'false', 2],
    ['leaves broken YAML', `sh -c 'echo "a: [" > "$1"' sh`, 2],
  ])('an editor that %s leaves the file as it was', async (_, editor, exit) => {
    const root = folder(FILES);
    const before = text(root);
    expect((await edit(root, editor)).code).toBe(exit);
    expect(text(root)).toBe(before);
  });
});

it('encrypt-string takes the value from stdin and gives what YAML reads back', async () => {
  const root = folder(FILES);
  const bin = join(ROOT, 'bin/run.js');
  const line = `printf %s sk-from-stdin | "${process.execPath}" "${bin}" vault encrypt-string --name key --vault-password-file pw`;
  const { code, stdout } = await run('/bin/sh', ['-c', line], { cwd: root, env: process.env });
  expect(code).toBe(0);
  const body = stdout.replace(/^key: !vault \|\n/, '').replace(/^ +/gm, '');
  expect(open(readEnvelope(body), 'pw')).toBe('sk-from-stdin');
});

it.each([
  ['a wrong password', ['view', 'vault.yml', '--vault-password-file', 'new'], 'wrong vault password'],
  ['no password and no terminal', ['view', 'vault.yml'], '--vault-password-file FILE'],
  ['a plain file', ['view', 'plain.yml', ...KEY], 'is not encrypted'],
  ['an encrypted file', ['encrypt', 'vault.yml', ...KEY], 'is encrypted already'],
  ['a missing file', ['decrypt', 'nope.yml', ...KEY], 'cannot read'],
  ['one of two missing', ['decrypt', 'vault.yml', 'nope.yml', ...KEY], 'cannot read'],
  [
    'two passwords',
    ['encrypt', 'plain.yml', '--vault-id', 'a@pw', '--vault-id', 'b@new'],
    '--encrypt-vault-id LABEL',
  ],
])('%s is exit 2 and changes nothing', async (_, args, message) => {
  const root = folder(FILES);
  const { code, stderr } = await vault(root, args);
  expect(code).toBe(2);
  expect(stderr.replace(/\s*›\s*/g, ' ')).toContain(message);
  for (const [file, before] of Object.entries(FILES)) expect(text(root, file)).toBe(before);
});
