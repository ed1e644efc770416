// Removes the lab's hosts and everything that they needed.
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base.js';

export default class LabDown extends BaseCommand {
  static override description = `remove a lab: its hosts, network, rules, settings and inventory

Works on half-made labs too. What was downloaded stays in the cache unless --purge is given.`;
  static override examples = ['<%= config.bin %> lab down', '<%= config.bin %> lab down --purge'];
  static override flags = {
    name: Flags.string({ default: 'lab', description: 'name of the lab' }),
    purge: Flags.boolean({ description: 'empty the cache too: distributions and Ollama' }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(LabDown);
    const { down } = await import('../../tasks/lab.js');
    const removed = await down(flags, await this.context());
    return { name: flags.name, removed };
  }
}
