// hxllm logs: the journals of all hosts as one.
import { Flags } from '@oclif/core';
import { BaseCommand, hostFlags } from '../base.js';

export default class Logs extends BaseCommand {
  static override description = `show the journals of all hosts as one, in the order of time

Of each host what its roles run: litellm with its standby and haproxy, ollama, open-webui; --unit asks for others. Times
are those of your zone. With -f it goes on until you end it, and connects again after a cut: no line is lost or shown
twice. With --json each line is an object: time (UTC), host, unit, identifier, pid, priority, message.

Exit 4 when a host was not reached or was lost; the lines of the others are shown all the same.`;
  static override examples = [
    '<%= config.bin %> logs --limit hx-api-server',
    '<%= config.bin %> logs -f',
    {
      description: 'who was refused in the last hour',
      command: '<%= config.bin %> logs --since 1h --grep 401',
    },
    '<%= config.bin %> logs --unit ssh --since "2026-01-31 14:05" --until "2026-01-31 14:10"',
    `<%= config.bin %> logs --since today --json | jq -r 'select(.priority <= 3) | .host + " " + .message'`,
  ];
  static override flags = {
    ...hostFlags,
    follow: Flags.boolean({ char: 'f', description: 'go on with what comes', exclusive: ['until'] }),
    grep: Flags.string({
      char: 'g',
      description:
        'only messages that match this Perl regular expression; all in small letters it ignores case',
      helpValue: 'PATTERN',
    }),
    lines: Flags.integer({
      char: 'n',
      description: 'the last so many of each host [default: 50; 10 with -f; all with --since]',
      helpValue: 'N',
      min: 0,
    }),
    since: Flags.string({
      description: 'from then on: 10m, "2 hours ago", 14:05, 2026-01-31, "2026-01-31 14:05", today',
      helpValue: 'TIME',
    }),
    unit: Flags.string({
      char: 'u',
      description: 'only these units: litellm, haproxy, ssh, *',
      helpValue: 'UNIT[,UNIT]',
      multiple: true,
      delimiter: ',',
      multipleNonGreedy: true,
    }),
    until: Flags.string({ description: 'up to then', helpValue: 'TIME' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Logs);
    const [inventory, { logs }, { logJson, logLines }] = await Promise.all([
      this.inventory(),
      import('../tasks/logs/index.js'),
      import('../ui/logs.js'),
    ]);
    const { follow, grep, lines, since, unit: units, until } = flags;
    let line = logJson;
    const exit = await logs(inventory, { follow, grep, lines, since, units, until }, await this.context(), {
      hosts: (names) => {
        if (!this.jsonEnabled()) line = logLines(names);
      },
      lines: (some) => this.printLines(some.map(({ host, entry }) => line(host, entry)).join('\n')),
      tell: (text) => void process.stderr.write(`${this.masker.mask(text)}\n`),
    });
    this.exitWith(exit);
  }

  /** `hxllm logs | head -1` has what it wanted. Any other command must say that it was cut short. */
  protected override async catch(error: Error): Promise<void> {
    if ((error as { code?: string }).code !== 'EPIPE') await super.catch(error);
  }

  /** Nothing follows the lines but an error, on one line, too. */
  protected override logJson(json: object): void {
    if ('error' in json) this.printLines(JSON.stringify(json));
  }
}
