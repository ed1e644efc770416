// An inventory in a temporary folder, read as a person's own would be.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { type Inventory, loadInventory } from '../../src/inventory/index.js';
import { Masker } from '../../src/secret.js';

/** The guide's own inventory, word for word. */
export const GUIDE_INI = `[litellm]
hx-api-server.dev-test.hana-x.ai

[llm]
hx-llm01-server.dev-test.hana-x.ai
hx-llm02-server.dev-test.hana-x.ai
`;

/** With the web UI that it goes on to. */
export const GUIDE_WEBUI = `${GUIDE_INI}\n[webui]\nhx-webui-server.dev-test.hana-x.ai\n`;

/** The guide's group_vars/all/litellm.yml, word for word. */
export const GUIDE_VARIABLES = `litellm_bind_host: "0.0.0.0"
litellm_bind_port: 4000
litellm_base_url: "http://hx-api-server.dev-test.hana-x.ai:4000"
litellm_backends:
  - "http://hx-llm01-server.dev-test.hana-x.ai:11434"
  - "http://hx-llm02-server.dev-test.hana-x.ai:11434"
`;

export const KEY = 'sk-0123456789abcdef0123456789abcdef';

/** What the guide leaves to the reader: a key of one's own, and the model that its examples ask for. */
export const COMPLETED = `litellm_master_key: ${KEY}
litellm_models:
  - {name: phi3-3.8b, provider: ollama, model: "phi3:3.8b"}
`;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** `files` below the inventory's folder; `dev.ini` is the inventory. */
export async function inventoryOf(
  files: Record<string, string>,
  more: { vaultPassword?: string; extraVars?: string[] } = {},
): Promise<{ inventory: Inventory; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'hxllm-stack-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const password = join(folder, '.password');
  if (more.vaultPassword) writeFileSync(password, `${more.vaultPassword}\n`);
  const inventory = await loadInventory({
    sources: [join(folder, 'dev.ini')],
    ...(more.vaultPassword ? { vaultPasswordFiles: [password] } : {}),
    ...(more.extraVars ? { extraVars: more.extraVars } : {}),
    masker: new Masker(),
    env: { HOME: folder },
    cwd: folder,
  });
  return { inventory, folder };
}

/** The guide's inventory with these variables besides. */
export const guide = (variables = COMPLETED, files: Record<string, string> = {}) =>
  inventoryOf({
    'dev.ini': GUIDE_INI,
    'group_vars/all/litellm.yml': GUIDE_VARIABLES,
    'group_vars/all/own.yml': variables,
    ...files,
  });
