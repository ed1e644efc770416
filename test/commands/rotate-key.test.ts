// rotate-key as a person calls it, up to the question: what it says, and what it refuses before any host is asked.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder, sealed } from '../inventory/folder.js';
import { hxllm } from '../support/cli.js';

const KEY = 'sk-0123456789abcdef0123456789abcdef';
const MAIN = `litellm_backends: ["http://b:11434"]
litellm_models: [{name: m, provider: ollama, model: "m:1"}]
litellm_master_key: "{{ vault_key }}"
`;
const FILES = {
  'hosts.ini': '[litellm]\ngw.invalid\n',
  'group_vars/all/main.yml': MAIN,
  'group_vars/all/vault.yml': sealed(`vault_key: ${KEY}\n`),
  pw: 'pw\n',
  wrong: 'not this one\n',
};
const VAULT = 'group_vars/all/vault.yml';

async function rotate(files: Record<string, string>, args: string[], password = 'pw') {
  const root = folder(files);
  const words = ['rotate-key', '-i', 'hosts.ini', '--vault-password-file', password, ...args];
  const { code, stdout, stderr } = await hxllm(words, { cwd: root });
  const text = (stdout + stderr).replace(/\s*\n ›\s*/g, ' ');
  for (const [name, before] of Object.entries(files))
    expect(readFileSync(join(root, name), 'utf8')).toBe(before);
  expect(text).not.toContain(KEY);
  return { code, stdout, text };
}

test('--check says what would be done: exit 3', async () => {
  const { code, stdout } = await rotate(FILES, ['--check']);
  expect([code, stdout]).toEqual([
    3,
    `${VAULT}: a new key in vault_key, the old one beside it until it is refused everywhere\ngateways: gw.invalid\nhanded the new key by hxllm: nobody\n`,
  ]);
  const json = JSON.parse((await rotate(FILES, ['--check', '--json'])).stdout);
  expect(json).toMatchObject({ client: 'admin', variable: 'vault_key', state: 'planned', exit: 3 });
});

test('--check names who is handed the new key: the web UI of that client', async () => {
  const files = {
    ...FILES,
    'hosts.ini': '[litellm]\ngw.invalid\n[webui]\nui.invalid\nui2.invalid webui_client=chat\n',
    'group_vars/all/clients.yml': `litellm_clients:
  - {name: open-webui, key: "{{ vault_ui }}"}
  - {name: chat, key: "{{ vault_chat }}"}\n`,
    [VAULT]: sealed(`vault_key: ${KEY}\nvault_ui: ${KEY}-ui\nvault_chat: ${KEY}-chat\n`),
  };
  const { code, stdout } = await rotate(files, ['--check', '--client', 'open-webui']);
  expect([code, stdout]).toEqual([
    3,
    expect.stringContaining('handed the new key by hxllm: Open WebUI on ui.invalid\n'),
  ]);
  const json = JSON.parse((await rotate(files, ['--check', '--client', 'chat', '--json'])).stdout);
  expect(json).toMatchObject({ client: 'chat', consumers: ['Open WebUI on ui2.invalid'] });
  expect((await rotate(files, ['--check'])).stdout).toContain('by hxllm: nobody\n');
});

test('--check of a rotation that is under way', async () => {
  const vault = sealed(`vault_key_previous: ${KEY}\nvault_key: ${KEY}-new\n`);
  const { code, text } = await rotate({ ...FILES, [VAULT]: vault }, ['--check']);
  expect([code, text]).toEqual([
    3,
    expect.stringContaining('vault_key_previous is there: an earlier rotation of the master key is finished'),
  ]);
});

test('a key in a plain file is rotated there, with a warning', async () => {
  const files = { ...FILES, [VAULT]: `vault_key: ${KEY}\n` };
  expect((await rotate(files, ['--check'])).text).toMatch(/warning: \S+vault\.yml is not encrypted/);
});

test.each([
  ['a question without a terminal', FILES, [], 'pw', 'give --yes'],
  ['a wrong vault password', FILES, ['--yes'], 'wrong', 'wrong vault password'],
  ['a grace that is no duration', FILES, ['--yes', '--grace', 'soon'], 'pw', 'write 30s, 10m, 2h or 7d'],
  ['a client that is not there', FILES, ['--client', 'bob'], 'pw', 'no client is named bob'],
  [
    'an expression that cannot be followed',
    { ...FILES, 'group_vars/all/main.yml': MAIN.replace('vault_key', 'vault_key | trim') },
    ['--yes'],
    'pw',
    'main.yml:3: litellm_master_key: hxllm cannot tell which variable holds the key: {{ vault_key | trim }}',
  ],
  [
    'a key in an INI file',
    { ...FILES, 'hosts.ini': `[litellm]\ngw.invalid vault_key=${KEY}\n`, [VAULT]: sealed('other: 1\n') },
    ['--yes'],
    'pw',
    'hosts.ini: vault_key is no entry of a file of variables here',
  ],
])('%s is exit 2', async (_, files, args, password, message) => {
  const { code, text } = await rotate(files, args, password);
  expect([code, text]).toEqual([2, expect.stringContaining(message)]);
});

test('a gateway that is not reached: exit 4, and nothing was changed', async () => {
  const { code, text } = await rotate(FILES, ['--yes', '--timeout', '3']);
  expect([code, text]).toEqual([
    4,
    expect.stringContaining('nothing was changed: the old key is the only one'),
  ]);
});
