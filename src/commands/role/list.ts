// hxllm role list
import { BaseCommand } from '../../base.js';

export default class RoleList extends BaseCommand {
  static override description = 'list the roles: what a host can be for';
  static override examples = ['<%= config.bin %> <%= command.id %>'];

  async run(): Promise<object> {
    await this.parse(RoleList);
    const { roleList } = await import('../../tasks/role.js');
    const { text, json } = roleList();
    this.print(text);
    return json;
  }
}
