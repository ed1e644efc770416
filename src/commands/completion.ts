// Prints a completion script for a shell.
import { Args } from '@oclif/core';
import { BaseCommand } from '../base.js';

export default class Completion extends BaseCommand {
  static override args = {
    shell: Args.string({
      description: 'bash, zsh or fish',
      options: ['bash', 'zsh', 'fish'],
      required: true,
    }),
  };
  static override description = 'print a completion script for a shell';
  static override enableJsonFlag = false;
  static override examples = ['source <(<%= config.bin %> completion bash)'];

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    this.print(args.shell);
  }
}
