// hxllm clients: how to use the gateway from curl, SDKs, editors and Open WebUI, ready to paste.
import { Args } from '@oclif/core';
import { BaseCommand, hostFlags, inventoryFlags } from '../base.js';

export default class Clients extends BaseCommand {
  static override description = `print set-up for clients, ready to paste: curl, SDKs, editors, Open WebUI

With the URL and the models of your inventory; no host is asked. A key is never printed: clients read it from
LITELLM_API_KEY, and an administrator makes one with hxllm keys create. With a name nothing but its set-up is on stdout.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    { description: 'to a file', command: '<%= config.bin %> <%= command.id %> python > hello.py' },
    {
      description: 'try it at once',
      command:
        'export LITELLM_API_KEY=$(<%= config.bin %> keys create me --yes --show)\n<%= config.bin %> <%= command.id %> curl | sh',
    },
    {
      description: 'of one gateway among several',
      command: '<%= config.bin %> <%= command.id %> node --limit hx-api02-server',
    },
  ];
  static override args = {
    name: Args.string({
      description: 'curl, python, node, langchain, continue, aider or open-webui [default: all]',
    }),
  };
  static override flags = { ...inventoryFlags, limit: hostFlags.limit };

  async run(): Promise<object> {
    const { args, flags } = await this.parse(Clients);
    const [inventory, { clientSetup }] = await Promise.all([this.inventory(), import('../tasks/clients.js')]);
    const { others, ...setup } = clientSetup(inventory, { name: args.name, limit: flags.limit });
    if (others.length > 0)
      this.logToStderr(`this is ${setup.url}; others, to be had with --limit: ${others.join(', ')}`);
    const texts = setup.clients.map(({ title, text }) =>
      args.name === undefined ? `==> ${title}\n${text}` : text.trimEnd(),
    );
    this.print(texts.join('\n').trimEnd());
    return setup;
  }
}
