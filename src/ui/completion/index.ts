// Completion scripts, one per shell.
import { HxError } from '../../errors.js';
import { bashScript } from './bash.js';
import { fishScript } from './fish.js';
import { type ManifestCommand, type Place, places } from './grammar.js';
import { zshScript } from './zsh.js';

const SHELLS: Readonly<Record<string, (places: Place[]) => string>> = {
  bash: bashScript,
  fish: fishScript,
  zsh: zshScript,
};

/** `shell` may be a path, as in $SHELL. */
export function completionScript(
  shell: string,
  commands: readonly ManifestCommand[],
  topicAbout: (topic: string) => string,
): string {
  const script = SHELLS[shell.split('/').at(-1)!];
  if (script) return script(places(commands, topicAbout));
  const names = Object.keys(SHELLS);
  throw new HxError({
    code: 'usage',
    message: `There is no completion for the shell ${shell || '(SHELL is not set)'}.`,
    hint: names.map((name) => `hxllm completion ${name}`),
  });
}
