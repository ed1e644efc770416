// A folder of files for one test, and what hxllm reads from it.
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Inventory, type LoadOptions, loadInventory } from '../../src/inventory/index.js';
import { seal } from '../../src/inventory/vault/envelope.js';
import { Masker } from '../../src/secret.js';

/** Writes files into a new folder; one whose text begins with #! becomes executable. */
export function folder(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'hxllm-inventory-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    if (text.startsWith('#!')) chmodSync(join(root, path), 0o755);
  }
  return root;
}

export interface Loaded {
  inventory: Inventory;
  masker: Masker;
  root: string;
}

/** Loads `hosts.ini` or `hosts.yml` of a new folder. */
export async function load(
  files: Record<string, string>,
  options: Partial<LoadOptions> = {},
): Promise<Loaded> {
  const root = folder(files);
  const masker = new Masker();
  const source = 'hosts.yml' in files ? 'hosts.yml' : 'hosts.ini';
  const inventory = await loadInventory({ sources: [source], masker, cwd: root, env: {}, ...options });
  return { inventory, masker, root };
}

/** The host h of an inventory whose `all` group has these variables. */
export async function hostWith(variables: string, options: Partial<LoadOptions> = {}) {
  const { inventory, masker, root } = await load(
    { 'hosts.ini': '[g]\nh\n', 'group_vars/all.yml': variables },
    options,
  );
  return { host: inventory.hosts.get('h')!, masker, root };
}

export const sealed = (text: string, password = 'pw', label?: string): string => seal(text, password, label);

/** `!vault` as it stands in YAML. */
export function inline(text: string, password = 'pw', label?: string): string {
  const lines = sealed(text, password, label).trimEnd().split('\n');
  return ['!vault |', ...lines.map((line) => `  ${line}`)].join('\n');
}
