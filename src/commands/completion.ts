// Prints a completion script for a shell.
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../base.js';

export default class Completion extends BaseCommand {
  static override args = {
    shell: Args.string({
      description: 'default: the shell that $SHELL names',
      options: ['bash', 'zsh', 'fish'],
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
  static override flags = {
    hosts: Flags.boolean({ description: "what the scripts ask: the inventory's host names", hidden: true }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Completion);
    if (flags.hosts) {
      const { hosts, groups } = await this.inventory();
      return this.print([...hosts.keys(), ...groups.keys()].join('\n'));
    }
    const { completionScript } = await import('../ui/completion/index.js');
    const about = (topic: string) => this.config.topics.find(({ name }) => name === topic)?.description ?? '';
    this.print(completionScript(args.shell ?? process.env.SHELL ?? '', this.config.commands, about));
  }
}
