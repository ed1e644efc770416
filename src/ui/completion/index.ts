// Completion scripts, one per shell.
import { bashScript } from './bash.js';
import { fishScript } from './fish.js';
import { type ManifestCommand, type Place, places } from './grammar.js';
import { zshScript } from './zsh.js';

const SHELLS: Readonly<Record<string, (places: Place[]) => string>> = {
  bash: bashScript,
  fish: fishScript,
  zsh: zshScript,
};

export function completionScript(
  shell: string,
  commands: readonly ManifestCommand[],
  topicAbout: (topic: string) => string,
): string {
  return SHELLS[shell]!(places(commands, topicAbout));
}
