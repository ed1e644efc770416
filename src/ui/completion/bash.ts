// The completion script for bash. It needs nothing but bash itself.
import { type Flag, HOST_NAMES, type Place } from './grammar.js';

export function bashScript(places: Place[]): string {
  const words = places.map(({ path, words, flags }) => {
    const all = [...words.map(({ name }) => name), ...flags.map(({ name }) => `--${name}`)];
    return `    '${path}') next='${all.join(' ')}' ;;`;
  });
  return `# bash completion for hxllm: source <(hxllm completion bash)
_hxllm_next() {
  case "$1" in
${words.join('\n')}
    *) return 1 ;;
  esac
}
_hxllm() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} path='' next='' word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    _hxllm_next "\${path:+$path }$word" && path="\${path:+$path }$word"
  done
  COMPREPLY=()
  case "$prev" in
${values(places).join('\n')}
  esac
  _hxllm_next "$path"
  mapfile -t COMPREPLY < <(compgen -W "$next" -- "$cur")
}
complete -F _hxllm hxllm`;
}

/** One line per flag with a value; a flag means the same in every command. */
function values(places: Place[]): string[] {
  const flags = new Map(places.flatMap((place) => place.flags.map((flag) => [flag.name, flag])));
  return [...flags.values()].flatMap((flag) => {
    const reply = replyOf(flag.value);
    return reply ? [`    --${flag.name}${flag.char ? ` | -${flag.char}` : ''}) ${reply}; return ;;`] : [];
  });
}

function replyOf(value: Flag['value']): string | undefined {
  if (value === 'none') return undefined;
  if (value === 'any') return ':';
  if (value === 'file') return 'mapfile -t COMPREPLY < <(compgen -f -- "$cur"); compopt -o filenames';
  const list = value === 'host' ? `$(${HOST_NAMES})` : value.join(' ');
  return `mapfile -t COMPREPLY < <(compgen -W "${list}" -- "$cur")`;
}
