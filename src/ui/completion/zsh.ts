// The completion script for zsh, with the descriptions.
import { type Flag, HOST_NAMES, type Place } from './grammar.js';

export function zshScript(places: Place[]): string {
  const cases = places.map(({ path, words, flags }) => {
    const next = words
      .map(({ name, about }) => `'${text(`${name.replaceAll(':', '\\:')}:${about}`)}'`)
      .join(' ');
    const lines = flags.flatMap(flagLines).map((line) => `      ${line}`);
    return `    '${path}')\n      next=(${next})\n      flags=(\n${lines.join('\n')}\n      ) ;;`;
  });
  return `#compdef hxllm
# zsh completion for hxllm: source <(hxllm completion zsh)
_hxllm_hosts() { local -a hosts; hosts=(\${(f)"$(${HOST_NAMES})"}); compadd -a hosts }
_hxllm_at() {
  case "$1" in
${cases.join('\n')}
    *) return 1 ;;
  esac
}
_hxllm() {
  local -a next flags
  local at='' word
  for word in \${words[2,CURRENT-1]}; do
    _hxllm_at "\${at:+$at }$word" && at="\${at:+$at }$word"
  done
  _hxllm_at "$at"
  if [[ $PREFIX != -* && \${words[CURRENT-1]} != -* ]] && (( $#next )); then
    _describe 'command' next
  else
    _arguments -S $flags '*: :'
  fi
}
compdef _hxllm hxllm`;
}

function flagLines(flag: Flag): string[] {
  const about = text(flag.about).replace(/[[\]:]/g, '\\$&');
  const tail = `[${about}]${actionOf(flag)}`;
  return [`'--${flag.name}${tail}'`, ...(flag.char ? [`'-${flag.char}${tail}'`] : [])];
}

function actionOf({ name, value }: Flag): string {
  if (value === 'none') return '';
  if (value === 'file') return `:${name}:_files`;
  if (value === 'host') return `:${name}:_hxllm_hosts`;
  return value === 'any' ? `:${name}: ` : `:${name}:(${value.join(' ')})`;
}

/** Inside single quotes. */
function text(plain: string): string {
  return plain.replaceAll("'", `'\\''`);
}
