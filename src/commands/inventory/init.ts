// hxllm inventory init
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base.js';

const DOMAIN = 'dev-test.hana-x.ai';
const host = (description: string, hosts: string[]) =>
  Flags.string({ description, helpValue: 'HOST', multiple: true, multipleNonGreedy: true, default: hosts });

export default class InventoryInit extends BaseCommand {
  static override description =
    `write an inventory to begin with: hosts, variables, and a vault with a new master key

Writes inventories/dev.ini, group_vars, an encrypted vault, its password file (0600, in .gitignore) and ansible.cfg.
Nothing that is there is overwritten.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> stack --gateway api.lan --backend gpu1.lan --backend gpu2.lan --webui ui.lan',
  ];
  static override args = { dir: Args.string({ default: '.', description: 'folder to write to' }) };
  static override flags = {
    gateway: host('gateway host', [`hx-api-server.${DOMAIN}`]),
    backend: host('host that runs Ollama', [`hx-llm01-server.${DOMAIN}`, `hx-llm02-server.${DOMAIN}`]),
    webui: host('host of Open WebUI', [`hx-webui-server.${DOMAIN}`]),
    user: Flags.string({ description: 'login on the hosts, with sudo', helpValue: 'NAME' }),
  };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(InventoryInit);
    const { initInventory } = await import('../../tasks/inventory/init.js');
    const { text, json } = initInventory({
      folder: args.dir,
      gateways: flags.gateway,
      backends: flags.backend,
      webuis: flags.webui,
      user: flags.user,
    });
    this.print(text);
    return json;
  }
}
