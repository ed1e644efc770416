// Makes real hosts on this machine to try everything on.
import { Flags } from '@oclif/core';
import { BaseCommand } from '../../base.js';

export default class LabUp extends BaseCommand {
  static override description = `make a lab of real hosts on this machine

Debian hosts in systemd-nspawn, named as in the guide, with an inventory, a vault and a model registry to try everything on. Needs root. What is there already is left alone.`;
  static override examples = [
    '<%= config.bin %> lab up',
    '<%= config.bin %> lab up --os trixie',
    '<%= config.bin %> lab up --name second --host hx-api-server --host hx-llm01-server=trixie',
  ];
  static override flags = {
    dir: Flags.string({
      description: 'folder for the inventory [default: inventories/lab]',
      helpValue: 'FOLDER',
    }),
    from: Flags.string({ description: 'start the hosts from this snapshot', helpValue: 'SNAPSHOT' }),
    host: Flags.string({
      description: 'only this host, with its own distribution if given [default: all of the guide]',
      helpValue: 'NAME[=OS]',
      multiple: true,
      multipleNonGreedy: true,
    }),
    model: Flags.string({
      description: "use this real model from Ollama's registry instead of the lab's tiny ones",
      helpValue: 'NAME',
    }),
    name: Flags.string({ default: 'lab', description: 'name of the lab; several can stand side by side' }),
    ollama: Flags.boolean({ allowNo: true, default: true, description: 'get an Ollama for the hosts' }),
    os: Flags.string({
      description: 'distribution: bookworm or trixie [default: bookworm]',
      helpValue: 'OS',
    }),
  };

  async run(): Promise<unknown> {
    const { flags } = await this.parse(LabUp);
    const [{ up }, { osNamed }, { labStatus }, { statusText }] = await Promise.all([
      import('../../tasks/lab.js'),
      import('../../lab/distributions.js'),
      import('../../lab/status.js'),
      import('../../tasks/lab-status.js'),
    ]);
    const hosts = (flags.host ?? []).map((text) => {
      const [name, os] = text.split('=') as [string, string | undefined];
      return { name, os: os === undefined ? undefined : osNamed(os) };
    });
    const wish = { ...flags, hosts, os: flags.os === undefined ? undefined : osNamed(flags.os) };
    const { state, changed } = await up(wish, await this.context());
    const status = await labStatus(state);
    this.print(statusText(status, { hints: changed }));
    return { changed, lab: status };
  }
}
