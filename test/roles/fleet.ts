// What `hxllm role render` makes of an inventory of the tests.
import type { Inventory } from '../../src/inventory/types.js';
import type { Resource } from '../../src/resources/kind.js';
import { fleetOf } from '../../src/tasks/fleet.js';
import { resourcesOf } from '../../src/tasks/look.js';
import { type Rendered, renderedFiles } from '../../src/tasks/role.js';
import { GUIDE_WEBUI, guide, inventoryOf } from '../stack/inventory.js';

export const fleetFor = (inventory: Inventory) => fleetOf(inventory, { limit: undefined });

/** The files of the guide's inventory with a web UI, and with these variables besides. */
export async function rendered(variables?: string): Promise<Rendered[]> {
  return renderedFiles(fleetFor((await guide(variables, { 'dev.ini': GUIDE_WEBUI })).inventory));
}

/** The text of one file of the gateway `gw` with backends `llm1` and `llm2`. */
export async function fileOf(path: string, variables: string, ini = SMALL): Promise<string> {
  const { inventory } = await inventoryOf({ 'dev.ini': ini, 'group_vars/all.yml': variables });
  const found = renderedFiles(fleetFor(inventory)).find((file) => file.path === path);
  if (!found) throw new Error(`${path} is not rendered`);
  return found.content;
}

export const SMALL = '[litellm]\ngw\n[llm]\nllm1\nllm2\n';

/** The resources of one host. */
export async function resourcesFor(host: string, variables: string, ini = SMALL): Promise<Resource[]> {
  const { inventory } = await inventoryOf({ 'dev.ini': ini, 'group_vars/all.yml': variables });
  const entry = fleetFor(inventory).hosts.find(({ name }) => name === host);
  return entry ? resourcesOf(entry) : [];
}
