// The help: oclif's own, with where to begin and what exit codes mean, for people who type `hxllm` and nothing else.
import { Help as OclifHelp } from '@oclif/core';

const START = [
  ['hxllm quickstart', 'try everything on hosts of its own on this machine'],
  ['hxllm inventory init', 'start an inventory for your hosts, with a vault and a key'],
  ['hxllm doctor', 'is everything ready? What is missing, and what mends it'],
  ['hxllm plan', 'what would a deploy change?'],
  ['hxllm deploy', 'make the hosts so, and prove it with a real completion'],
  ['hxllm verify', 'every check, with real completions'],
] as const;

const EXITS =
  '0 done  1 failed  2 usage or inventory  3 changes pending  4 not reached  5 locked  6 put back  130 interrupted';

export default class Help extends OclifHelp {
  override async showRootHelp(): Promise<void> {
    await super.showRootHelp();
    const known = START.filter(([line]) => this.config.findCommand(line.split(' ').slice(1).join(':')));
    const width = Math.max(...known.map(([line]) => line.length));
    const lines = known.map(([line, about]) => `$ ${line.padEnd(width)}  ${about}`);
    this.log(this.section('START HERE', lines.join('\n')));
    this.log('');
    this.log(this.section('EXIT CODES', EXITS));
    this.log('');
  }
}
