// hxllm role render: the files that hosts would get.
import { Flags } from '@oclif/core';
import { BaseCommand, hostFlags } from '../../base.js';

export default class RoleRender extends BaseCommand {
  static override description = `render the files that hosts would get, without connecting to any

To stdout, or below a folder as HOST/PATH. Files that hold secrets are named, their text is not shown.`;
  static override examples = [
    '<%= config.bin %> <%= command.id %> --limit hx-api-server',
    '<%= config.bin %> <%= command.id %> --output rendered',
  ];
  static override flags = {
    ...hostFlags,
    output: Flags.string({ char: 'o', helpValue: 'DIR', description: 'write the files below this folder' }),
    role: Flags.option({
      options: ['backend', 'gateway', 'webui'] as const,
      multiple: true,
      description: 'only files of this role',
    })(),
  };

  async run(): Promise<object> {
    const { flags } = await this.parse(RoleRender);
    const [{ fleetOf }, { renderedFiles }] = await Promise.all([
      import('../../tasks/fleet.js'),
      import('../../tasks/role.js'),
    ]);
    const files = renderedFiles(fleetOf(await this.inventory(), { limit: flags.limit }, flags.role));
    if (flags.output === undefined) {
      for (const { host, path, mode, content } of files)
        this.print(`==> ${host}:${path} (${mode})\n${content}`);
    } else {
      const [{ mkdir, writeFile }, { dirname, join }] = await Promise.all([
        import('node:fs/promises'),
        import('node:path'),
      ]);
      for (const { host, path, content } of files) {
        const target = join(flags.output, host, path);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, this.masker.mask(content));
        this.print(target);
      }
    }
    return { files };
  }
}
