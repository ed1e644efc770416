// The inventory that the lab writes is the guide's, and hxllm's own reader understands it.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadInventory } from '../../src/inventory/index.js';
import { iniText, removeInventory, varsText } from '../../src/lab/inventory.js';
import type { LabState } from '../../src/lab/state.js';
import { wishedHosts } from '../../src/lab/up.js';
import { Masker } from '../../src/secret.js';

const STATE: LabState = {
  schema: 1,
  name: 'lab',
  octet: 9,
  mtu: 1400,
  hosts: wishedHosts({ hosts: [] }, 9),
  ollama: { archive: '/cache/ollama.tar.gz', sha256: 'ab12' },
};
const folder = mkdtempSync(join(tmpdir(), 'hxllm-lab-inventory-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = (machines: string[]) => machines.map((name) => `${name}.dev-test.hana-x.ai`);

async function read(state: LabState) {
  const file = join(folder, 'dev.ini');
  writeFileSync(file, iniText(state));
  writeFileSync(join(folder, 'vars.yml'), varsText(state));
  return loadInventory({
    sources: [file],
    extraVars: [`@${join(folder, 'vars.yml')}`],
    vaultPasswordFiles: [],
    vaultIds: [],
    askVaultPassword: false,
    prompt: async () => {
      throw new Error('nothing is asked');
    },
    masker: new Masker(),
  });
}

describe('the lab’s inventory', () => {
  test('has the guide’s groups and says how each host is reached', async () => {
    const inventory = await read(STATE);
    expect(inventory.members('litellm').map((host) => host.name)).toEqual(names(['hx-api-server']));
    const backends = inventory.members('llm');
    expect(backends.map((host) => host.name)).toEqual(names(['hx-llm01-server', 'hx-llm02-server']));
    const [first] = backends;
    expect([first?.get('ansible_host'), first?.get('ansible_user'), first?.get('ansible_become')]).toEqual([
      '10.88.9.21',
      'agent0',
      'true',
    ]);
    expect(first?.get('ansible_ssh_common_args')).toContain(
      '-o UserKnownHostsFile=/var/lib/hxllm-lab/lab/known_hosts',
    );
  });

  test('has the guide’s variables, and pulls the tiny models from the lab', async () => {
    const host = (await read(STATE)).members('litellm')[0]!;
    expect(host.get('litellm_base_url')).toBe('http://hx-api-server.dev-test.hana-x.ai:4000');
    expect(host.get('litellm_backends')).toEqual(
      names(['hx-llm01-server', 'hx-llm02-server']).map((name) => `http://${name}:11434`),
    );
    expect(host.get('litellm_models')).toEqual([
      { name: 'phi3-3.8b', provider: 'ollama', model: 'phi3:3.8b' },
    ]);
    expect(host.get('ollama_models')).toEqual(['phi3:3.8b']);
    expect(host.get('ollama_pull_from')).toBe('http://10.88.9.1:5000');
    expect(host.get('ollama_archive')).toBe('/cache/ollama.tar.gz');
  });

  test('with a real model it is the real registry’s', async () => {
    const host = (await read({ ...STATE, model: 'qwen3:0.6b' })).members('litellm')[0]!;
    expect(host.get('litellm_models')).toEqual([
      { name: 'qwen3-0.6b', provider: 'ollama', model: 'qwen3:0.6b' },
    ]);
    expect(host.has('ollama_pull_from')).toBe(false);
  });

  test('a folder that somebody else wrote is never removed', () => {
    const other = mkdtempSync(join(tmpdir(), 'hxllm-other-'));
    const file = join(other, 'dev.ini');
    writeFileSync(file, '[litellm]\nhx-api-server\n');
    removeInventory(other);
    expect(existsSync(file)).toBe(true);
    writeFileSync(file, iniText(STATE));
    removeInventory(other);
    expect(existsSync(other)).toBe(false);
  });
});
