// Logs in to a host of the lab, or runs one command on it.
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../base.js';
import type { Exit } from '../../errors.js';

export default class LabSsh extends BaseCommand {
  static override args = {
    host: Args.string({ description: 'short or full name', required: true }),
  };
  static override description = 'log in to a host of the lab, or run a command on it';
  static override enableJsonFlag = false;
  static override examples = [
    '<%= config.bin %> lab ssh hx-api-server',
    '<%= config.bin %> lab ssh hx-llm01-server -- systemctl status ollama',
  ];
  static override flags = {
    name: Flags.string({ default: 'lab', description: 'name of the lab' }),
    user: Flags.string({
      char: 'u',
      default: 'root',
      description: 'root, agent0 or agent1',
      helpValue: 'USER',
    }),
  };
  static override strict = false;

  async run(): Promise<void> {
    const { args, argv, flags } = await this.parse(LabSsh);
    const [{ needRoot }, { needState }, { enter }] = await Promise.all([
      import('../../lab/needs.js'),
      import('../../lab/state.js'),
      import('../../lab/ssh.js'),
    ]);
    needRoot();
    const words = (argv as string[]).slice(1);
    process.exitCode = (await enter(needState(flags.name), args.host, flags.user, words)) as Exit;
  }
}
