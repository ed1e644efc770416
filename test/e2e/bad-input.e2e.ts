// Bad input: a clear error with its place, the documented exit code, and no host changed.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { useDeployed } from './support/shared.js';
import { changedSince, HOSTS, mark } from './support/untouched.js';

const lab = useDeployed();

/** A copy of the lab's inventory that a case may spoil. */
function copyOf(
  edit: (file: (name: string) => { read(): string; write(text: string): void }) => void,
): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'hxllm-errors-'));
  cpSync(lab().folder, folder, { recursive: true });
  edit((name) => ({
    read: () => readFileSync(join(folder, name), 'utf8'),
    write: (text) => writeFileSync(join(folder, name), text),
  }));
  return { HXLLM_INVENTORY: join(folder, 'dev.ini') };
}

const VARS = 'group_vars/all/lab.yml';
type File = Parameters<Parameters<typeof copyOf>[0]>[0];
const replace = (name: string, from: string | RegExp, to: string) => (file: File) => {
  const text = file(name).read();
  expect(text).toMatch(from);
  file(name).write(text.replace(from, to));
};

interface Bad {
  what: string;
  edit?: (file: File) => void;
  args?: string[];
  env?: Record<string, string>;
  exit: number;
  /** Each must be found in what is printed. */
  says: (string | RegExp)[];
}

const INVENTORY: Bad[] = [
  {
    what: 'no gateway group',
    edit: replace('dev.ini', '[litellm]', '[api]'),
    exit: 2,
    says: ['no host in group [litellm]', 'hxllm_gateway_group'],
  },
  {
    what: 'a port that is none',
    edit: replace(VARS, 'litellm_bind_port: 4000', 'litellm_bind_port: "abc"'),
    exit: 2,
    says: [/lab\.yml:\d+: litellm_bind_port should be a port/],
  },
  {
    what: "LiteLLM's own port",
    edit: replace(VARS, 'litellm_bind_port: 4000', 'litellm_bind_port: 4401'),
    exit: 2,
    says: [/lab\.yml:\d+/, '4401 is a port that LiteLLM itself uses'],
  },
  {
    what: 'one port for the gateway and Ollama on one host',
    edit: (file) => {
      replace(VARS, 'litellm_bind_port: 4000', 'litellm_bind_port: 11434')(file);
      replace('dev.ini', /\[llm\]/, '[llm]\nhx-api-server.dev-test.hana-x.ai')(file);
    },
    exit: 2,
    says: ['11434 is also ollama_port'],
  },
  {
    what: 'bad YAML',
    edit: replace(VARS, 'litellm_backends:', 'litellm_backends: [\n'),
    exit: 2,
    says: [/lab\.yml:\d+/],
  },
  {
    what: 'a wrong vault password',
    env: { HXLLM_VAULT_PASSWORD_FILE: '/etc/hostname' },
    exit: 2,
    says: ['vault'],
  },
  {
    what: "the guide's test key",
    edit: replace(
      VARS,
      /litellm_master_key: .*/,
      'litellm_master_key: "sk-1234567890abcdef-test-key-please-replace"',
    ),
    exit: 2,
    says: [/lab\.yml:\d+: litellm_master_key is a key that everybody knows/, 'hxllm vault edit'],
  },
  {
    what: 'no backend',
    edit: replace(VARS, /litellm_backends:\n( {2}- .*\n)+/, 'litellm_backends: []\n'),
    exit: 2,
    says: ['no backend'],
  },
  {
    what: 'a model without a name',
    edit: replace(VARS, 'name: phi3-3.8b, ', ''),
    exit: 2,
    says: [/lab\.yml:\d+/, 'each model needs a name'],
  },
  {
    what: 'a version that carries malware',
    args: ['-e', 'litellm_version=1.82.7'],
    exit: 2,
    says: ['1.82.7', 'credential stealer'],
  },
  {
    what: 'a version without a lock',
    args: ['-e', 'litellm_version=1.90.0'],
    exit: 2,
    says: ['no lock is shipped for 1.90.0'],
  },
  { what: 'a limit that matches nothing', args: ['--limit', 'hx-nobody'], exit: 2, says: ['hx-nobody'] },
  {
    what: 'a wrong archive hash',
    args: ['-e', `ollama_sha256=${'0'.repeat(64)}`],
    exit: 2,
    says: ['SHA-256 is', 'correct the checksum'],
  },
  {
    what: 'an archive that is not there',
    args: ['-e', 'ollama_archive=/nowhere.tgz', '-e', `ollama_sha256=${'1'.repeat(64)}`],
    exit: 2,
    says: ['/nowhere.tgz'],
  },
  {
    what: 'a Python that no host has',
    args: ['-e', 'litellm_python_version=3.12'],
    exit: 1,
    says: ['no Python 3.12 on the host; there is 3.11'],
  },
];

describe('nothing is changed by', () => {
  beforeAll(() => mark(lab()));
  test.each(INVENTORY)('$what', async ({ edit, args = [], env = {}, exit, says }) => {
    const spoiled = edit ? copyOf(edit) : {};
    const { code, stdout, stderr } = await lab().hxllm(['deploy', '--yes', ...args], {
      env: { ...spoiled, ...env },
    });
    const said = (stdout + stderr).replace(/\n ›\s+/g, ' ').replace(/ +/g, ' ');
    for (const text of says)
      expect(said).toMatch(
        typeof text === 'string'
          ? new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ /g, '\\s+'))
          : text,
      );
    expect([code, said.includes('    at ')]).toEqual([exit, false]);
    for (const host of HOSTS) expect([host, await changedSince(lab(), host)]).toEqual([host, '']);
  });

  test('a change that nobody said yes to, without a terminal', async () => {
    const { code, stderr } = await lab().hxllm(['deploy', '-e', 'litellm_max_retries=1']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--yes')]);
    for (const host of HOSTS) expect(await changedSince(lab(), host)).toBe('');
  });

  test('several inventories to choose from', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'hxllm-choice-'));
    mkdirSync(join(cwd, 'inventories'));
    for (const name of ['dev.ini', 'prod.ini'])
      writeFileSync(join(cwd, 'inventories', name), '[litellm]\nh\n');
    const { code, stderr } = await lab().hxllm(['plan'], { cwd, env: { HXLLM_INVENTORY: undefined } });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/dev\.ini[\s\S]*prod\.ini/)]);
  });

  test('a wrong sudo password, and none', async () => {
    const wrong = await lab().hxllm([
      'deploy',
      '--yes',
      '-e',
      'ansible_user=agent1',
      '-e',
      'ansible_become_password=not-this-one',
    ]);
    expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringContaining('wrong sudo password')]);
    expect(wrong.stdout + wrong.stderr).not.toContain('not-this-one');
    const none = await lab().hxllm(['deploy', '--yes', '-e', 'ansible_user=agent1']);
    expect([none.code, none.stdout]).toEqual([1, expect.stringContaining('--ask-become-pass')]);
    for (const host of HOSTS) expect(await changedSince(lab(), host)).toBe('');
  });
});
