// hxllm quickstart: everything on this machine, from nothing to an answer.
import { Flags } from '@oclif/core';
import { BaseCommand } from '../base.js';

export default class Quickstart extends BaseCommand {
  static override description =
    `make a lab on this machine, deploy the stack to it, prove it, and show its answers

Real Debian hosts in systemd-nspawn, a real LiteLLM gateway, two real Ollama backends and Open WebUI, deployed over
SSH. Needs root on Debian. The first run takes minutes (distribution, Ollama, Python packages), the next one seconds.
It ends with a chat through the gateway and one through Open WebUI, its address, and where its password is.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --down',
  ];
  static override flags = {
    down: Flags.boolean({
      description: 'remove the lab and everything that it made; caches stay until lab down --purge',
    }),
    name: Flags.string({
      default: 'lab',
      description: 'name of the lab; its inventory is in inventories/NAME',
    }),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(Quickstart);
    const run = await this.context();
    if (flags.down) {
      const { down } = await import('../tasks/lab.js');
      return { removed: await down({ name: flags.name, purge: false }, run) };
    }
    const { quickstart } = await import('../tasks/quickstart.js');
    const report = await quickstart(flags.name, run, (text) => this.print(text));
    this.exitWith(report.exit);
    return { ...report.json, exit: report.exit };
  }
}
