// Certificates of an authority of one's own: made, named in the inventory, good for real clients, issued again for the same key.
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { folder, sealed } from '../inventory/folder.js';
import { hxllm } from '../support/cli.js';

const KEY = 'sk-0123456789abcdef0123456789abcdef';
const FILES = {
  'hosts.ini': '[litellm]\ngw.lan ansible_host=10.0.0.10\n[webui]\nui.lan ansible_host=10.0.0.30\n',
  'group_vars/all/main.yml': `litellm_backends: ["http://b:11434"]
litellm_models: [{name: m, provider: ollama, model: "m:1"}]
litellm_master_key: "{{ vault_key }}"
`,
  'group_vars/all/vault.yml': sealed(`vault_key: ${KEY}\n`),
  pw: 'pw\n',
};
const NAMED = 'group_vars/all/hxllm_certificates.yml';

const on = (root: string) => (words: string[]) =>
  hxllm([...words, '-i', 'hosts.ini', '--vault-password-file', 'pw'], { cwd: root });
const vaultOf = async (root: string) =>
  (await hxllm(['vault', 'view', 'group_vars/all/vault.yml', '--vault-password-file', 'pw'], { cwd: root }))
    .stdout;

describe('an authority of one’s own', () => {
  let root: string;
  let run: ReturnType<typeof on>;
  const read = (name: string) => readFileSync(join(root, name), 'utf8');

  beforeAll(async () => {
    root = folder(FILES);
    run = on(root);
    const { code, stdout, stderr } = await run(['certificates', 'create', '--yes']);
    expect(`${code} ${stderr}`).toBe('0 ');
    expect(stdout).toMatch(/^the gateway \(gw\.lan, gw, 10\.0\.0\.10\) and the web UI \(ui\.lan, /);
  });

  test('signs what openssl takes for every name, as a server’s', () => {
    for (const [id, names] of [
      ['litellm', ['gw.lan', 'gw', '10.0.0.10']],
      ['open-webui', ['ui.lan', 'ui', '10.0.0.30']],
    ] as const)
      for (const name of names) {
        const how = /^\d/.test(name) ? '-verify_ip' : '-verify_hostname';
        const args = ['verify', '-purpose', 'sslserver', '-x509_strict', how, name, '-CAfile'];
        expect(
          execFileSync(
            'openssl',
            [
              ...args,
              join(root, 'group_vars/all/certificates/ca.pem'),
              join(root, `group_vars/all/certificates/${id}.pem`),
            ],
            {
              encoding: 'utf8',
            },
          ),
        ).toMatch(/: OK$/m);
      }
    expect(() =>
      execFileSync(
        'openssl',
        [
          'verify',
          '-verify_hostname',
          'other.lan',
          '-CAfile',
          'group_vars/all/certificates/ca.pem',
          'group_vars/all/certificates/litellm.pem',
        ],
        {
          cwd: root,
          stdio: 'pipe',
        },
      ),
    ).toThrow(/[Hh]ostname mismatch/);
  });

  test('is in the inventory as Ansible reads it, its keys in the vault alone', async () => {
    expect(read(NAMED)).toMatch(/^litellm_tls_key: "\{\{ vault_litellm_tls_key \}\}"$/m);
    const { stdout } = await run(['inventory', 'show', 'gw.lan', '--json']);
    expect(stdout).toContain('/certificates/litellm.pem');
    expect(stdout).not.toContain('PRIVATE KEY');
    const vault = await vaultOf(root);
    expect(vault.match(/BEGIN PRIVATE KEY/g)).toHaveLength(3);
    // the search would find one
    const files = readdirSync(join(root, 'group_vars'), { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map(({ name, parentPath }) => join(parentPath, name).slice(root.length + 1));
    expect(files).toContain('group_vars/all/certificates/ca.pem');
    expect(files.filter((name) => /PRIVATE/.test(read(name)))).toEqual([]);
    expect(/PRIVATE/.test(vault)).toBe(true);
    expect((await run(['inventory', 'check'])).code).toBe(0);
  });

  test('made again makes nothing', async () => {
    const before = read('group_vars/all/certificates/litellm.pem');
    const { code, stdout } = await run(['certificates', 'create', '--yes']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('every certificate is there')]);
    expect(read('group_vars/all/certificates/litellm.pem')).toBe(before);
  });

  test('lists what there is', async () => {
    const { stdout } = await run(['certificates', 'list', '--json']);
    expect(JSON.parse(stdout).certificates).toMatchObject([
      { variable: 'litellm_tls_certificate', for: 'gw.lan' },
      { variable: 'webui_tls_certificate', for: 'ui.lan', names: ['ui.lan', 'ui', '10.0.0.30'] },
    ]);
  });

  test('renews what ends soon or lacks a name, for the same key, and nothing else', async () => {
    const certificate = () => new X509Certificate(read('group_vars/all/certificates/litellm.pem'));
    const before = certificate();
    expect((await run(['certificates', 'renew'])).stdout).toBe('nothing ends within 30 days\n');
    expect(certificate().serialNumber).toBe(before.serialNumber);
    expect((await run(['certificates', 'renew', '--within', '400', '--days', '500'])).stdout).toContain(
      '364 days were left',
    );
    expect(certificate().serialNumber).not.toBe(before.serialNumber);
    expect(certificate().publicKey.equals(before.publicKey)).toBe(true);
    writeFileSync(
      join(root, 'hosts.ini'),
      FILES['hosts.ini'].replace('10.0.0.10', '10.0.0.11').replace('[webui]', 'gw2.lan\n[webui]'),
    );
    const { stdout } = await run(['certificates', 'renew']);
    expect(stdout).toContain('it was not for 10.0.0.11, gw2.lan, gw2');
    expect(stdout).not.toContain('open-webui.pem');
    expect((await run(['inventory', 'check'])).code).toBe(0);
  });
});

test.each([
  [
    'a URL without TLS',
    { 'group_vars/litellm.yml': 'litellm_base_url: http://gw.lan:4000\n' },
    'litellm_base_url is http://gw.lan:4000',
  ],
  [
    'a certificate that is there',
    { 'group_vars/litellm.yml': 'litellm_tls_certificate: /nowhere.pem\n' },
    'litellm_tls_certificate',
  ],
])('with %s nothing is written: exit 2', async (_, more, says) => {
  const root = folder({ ...FILES, ...more });
  const vault = readFileSync(join(root, 'group_vars/all/vault.yml'), 'utf8');
  const { code, stderr } = await on(root)(['certificates', 'create', '--yes']);
  expect(code).toBe(2);
  expect(stderr.replace(/\s*\n ›\s*/g, ' ')).toContain(says);
  expect(existsSync(join(root, 'group_vars/all/certificates'))).toBe(false);
  expect(existsSync(join(root, NAMED))).toBe(false);
  expect(readFileSync(join(root, 'group_vars/all/vault.yml'), 'utf8')).toBe(vault);
});

test('a web UI that came later has none: the gateway’s is renewed all the same', async () => {
  const root = folder({ ...FILES, 'hosts.ini': '[litellm]\ngw.lan\n' });
  const run = on(root);
  expect((await run(['certificates', 'create', '--yes'])).code).toBe(0);
  writeFileSync(join(root, 'hosts.ini'), FILES['hosts.ini']);
  const renewed = await run(['certificates', 'renew', '--all']);
  expect([renewed.code, renewed.stdout]).toEqual([
    0,
    expect.stringMatching(/litellm\.pem: issued again[\s\S]*the web UI has none: hxllm certificates create/),
  ]);
  expect((await run(['certificates', 'create', '--yes'])).code).toBe(0);
  expect(existsSync(join(root, 'group_vars/all/certificates/open-webui.pem'))).toBe(true);
  expect((await run(['inventory', 'check'])).code).toBe(0);
});

test('without an authority there is nothing to renew: exit 2 with the way out', async () => {
  const { code, stderr } = await on(folder(FILES))(['certificates', 'renew']);
  expect(code).toBe(2);
  expect(stderr.replace(/\s*\n ›\s*/g, ' ')).toMatch(/no authority of your own.*certificates create/s);
});

test.each([
  ['a folder that is found by itself', 'inventories/prod/hosts.ini', 'inventories/prod'],
  ['a file that is found by itself', 'inventories/dev.ini', 'inventories'],
  ['hosts in a folder of the folder', 'inventories/prod/hosts.d/a.ini', 'inventories/prod'],
])('%s can be read as before, with its certificates', async (_, hosts, at) => {
  const root = folder({
    [hosts]: FILES['hosts.ini'],
    [`${at}/group_vars/all/main.yml`]: FILES['group_vars/all/main.yml'],
    [`${at}/group_vars/all/vault.yml`]: FILES['group_vars/all/vault.yml'],
    pw: 'pw\n',
  });
  const run = (...words: string[]) => hxllm([...words, '--vault-password-file', 'pw'], { cwd: root });
  const made = await run('certificates', 'create', '--yes');
  expect([made.code, made.stderr]).toEqual([0, '']);
  expect(existsSync(join(root, at, 'group_vars/all/certificates/litellm.pem'))).toBe(true);
  const check = await run('inventory', 'check');
  expect([check.code, check.stderr]).toEqual([0, '']);
  const { stdout } = await run('certificates', 'list', '--json');
  expect(JSON.parse(stdout).certificates).toMatchObject([{ for: 'gw.lan' }, { for: 'ui.lan' }]);
});

test('without openssl it says what to install', async () => {
  const root = folder(FILES);
  const bin = folder({});
  for (const name of ['sh', 'cat']) execFileSync('ln', ['-s', `/bin/${name}`, join(bin, name)]);
  const { code, stderr } = await hxllm(
    ['certificates', 'create', '--yes', '-i', 'hosts.ini', '--vault-password-file', 'pw'],
    { cwd: root, env: { PATH: bin } },
  );
  expect([code, stderr.replace(/\s*\n ›\s*/g, ' ')]).toEqual([
    2,
    expect.stringContaining('openssl is not installed here'),
  ]);
  expect(existsSync(join(root, NAMED))).toBe(false);
  expect(statSync(root).isDirectory()).toBe(true);
});
