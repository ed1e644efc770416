// The completion script for fish: one line per word and flag, shown only in its place.
import { type Flag, HOST_NAMES, type Place } from './grammar.js';

export function fishScript(places: Place[]): string {
  const known = places.map(({ path }) => quote(path)).join(' ');
  return `# fish completion for hxllm: hxllm completion fish | source
function __hxllm_at
  set -l known ${known}
  set -l at ''
  for word in (commandline -opc)[2..]
    set -l next (string trim -- "$at $word")
    contains -- $next $known; and set at $next
  end
  test "$at" = "$argv[1]"
end
complete -c hxllm -f
${places.flatMap(linesOf).join('\n')}`;
}

function linesOf({ path, words, flags }: Place): string[] {
  const here = `complete -c hxllm -n ${quote(`__hxllm_at ${quote(path)}`)}`;
  return [
    ...words.map(({ name, about }) => `${here} -a ${name}${about ? ` -d ${quote(about)}` : ''}`),
    ...flags.map(
      (flag) =>
        `${here} -l ${flag.name}${flag.char ? ` -s ${flag.char}` : ''}${valueWords(flag)} -d ${quote(flag.about)}`,
    ),
  ];
}

function valueWords({ value }: Flag): string {
  if (value === 'none') return '';
  if (value === 'file') return ' -rF';
  if (value === 'host') return ` -xa ${quote(`(${HOST_NAMES})`)}`;
  return value === 'any' ? ' -x' : ` -xa ${quote(value.join(' '))}`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
