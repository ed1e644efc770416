// hxllm role show ROLE
import { Args } from '@oclif/core';
import { BaseCommand } from '../../base.js';

export default class RoleShow extends BaseCommand {
  static override description = 'explain a role: its units and its variables with types and defaults';
  static override examples = [
    '<%= config.bin %> <%= command.id %> gateway',
    '<%= config.bin %> <%= command.id %> backend --json',
  ];
  static override args = { role: Args.string({ required: true, description: 'backend, gateway or webui' }) };

  async run(): Promise<object> {
    const { args } = await this.parse(RoleShow);
    const { roleShow } = await import('../../tasks/role.js');
    const { text, json } = roleShow(args.role);
    this.print(text);
    return json;
  }
}
