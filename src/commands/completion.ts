// Prints a completion script for a shell.
import { Args } from '@oclif/core';
import { BaseCommand } from '../base.js';

export default class Completion extends BaseCommand {
  static override args = {
    shell: Args.string({
      description: 'shell that reads the script',
      options: ['bash', 'zsh', 'fish'],
      required: true,
    }),
  };
  static override description = `print a completion script for bash, zsh or fish

Commands, flags, and the inventory's host names after --limit. Put the line of your shell into its start file.`;
  static override enableJsonFlag = false;
  static override examples = [
    { description: 'bash, in ~/.bashrc', command: 'source <(<%= config.bin %> completion bash)' },
    { description: 'zsh, in ~/.zshrc after compinit', command: 'source <(<%= config.bin %> completion zsh)' },
    {
      description: 'fish, in ~/.config/fish/config.fish',
      command: '<%= config.bin %> completion fish | source',
    },
  ];

  async run(): Promise<void> {
    const { args } = await this.parse(Completion);
    const { completionScript } = await import('../ui/completion/index.js');
    const about = (topic: string) => this.config.topics.find(({ name }) => name === topic)?.description ?? '';
    this.print(completionScript(args.shell, this.config.commands, about));
  }
}
