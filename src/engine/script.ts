// The one apply script of a host: its lock, its watch over the controller, its steps with their undo. Pure. For `bash -s`.
import { quote } from '../shell.js';
import type { Step, Steps } from './steps.js';
import { RESTORE_LEFT, TRANSACTIONS, transactionFunctions } from './transaction.js';

export interface Run {
  /** Sorts by time and is unique: the name of the record, of the transaction and of a release. */
  id: string;
  /** Who runs it, for the lock and the record: user@host. */
  by: string;
  /** What it does, for the lock. */
  reason: string;
  /** Seconds to wait for somebody else's lock. */
  lockWait: number;
}

/** Exit code of the script when somebody else holds the lock. */
export const LOCKED = 75;

/** All steps in the order of their numbers. */
export function numbered({ stage, change, after }: Steps): Step[] {
  return [...stage, ...change, ...after];
}

/**
 * Nothing of it runs when it is cut in transit. It holds the lock while it lives: a dead holder frees it. When the
 * controller has not beaten for 5 s, is gone, or says `undo`, the step that runs is ended and what was changed is put
 * back (docs/traps.md, scripts). `prove NAME` in a step waits for the controller's word; `phase TEXT` begins a part of it.
 */
export function applyScript(steps: Steps, run: Run): string {
  const all = numbered(steps);
  const first = steps.stage.length;
  const last = first + steps.change.length;
  const undos = all.flatMap(({ undo, title }, step) => (undo ? [{ step, title, script: undo }] : []));
  const record = JSON.stringify({
    by: run.by,
    reason: run.reason,
    changes: all.map((s) => s.title),
    result: 'done',
  });
  const calls = (from: number, to: number) =>
    all
      .slice(from, to)
      .map((step, i) => call(all, step, from + i))
      .join('\n');
  return `main() {
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export ID=${quote(run.id)} T=${TRANSACTIONS}/${quote(run.id)}
umask 022
mkdir -p -m 0700 /var/lib/hxllm && mkdir -p -m 0700 /var/lib/hxllm/records /var/lib/hxllm/uploads ${TRANSACTIONS}
exec 8>>/run/hxllm.lock
# a probe that looks whether it is held takes it for a moment
if ! flock -w 0.5 8; then
  holder=$(head -n 1 /run/hxllm.lock); echo "@@ waiting $holder"
  if ! flock -w ${run.lockWait} 8; then echo "@@ locked $holder"; exit ${LOCKED}; fi
  # nothing is begun for a controller that is gone meanwhile: what it said until now is no sign of life
  while read -r -t 0.01 <&3; do :; done
  read -r -t 5 <&3 || exit 9
fi
echo ${quote(`${run.by}, ${run.reason}, since `)}"$(date -u +%FT%TZ)" > /run/hxllm.lock
work=$(mktemp -d /run/hxllm-run.XXXXXX); log=$work/log
mkfifo "$work/words"; exec 7<>"$work/words"
set -m
children=() armed= timer= watchdog=
finish() {
  trap '' PIPE TERM HUP INT
  [ -z "$watchdog" ] || kill -- -"$watchdog" 2>/dev/null
  rm -rf "$work"; : > /run/hxllm.lock; exit "$1"
}
give_up() { # ends what runs and puts back what was changed
  trap '' PIPE TERM HUP INT
  for child in "\${children[@]}"; do kill -TERM -- -"$child" 2>/dev/null; done
  for child in "\${children[@]}"; do
    # the lock is free only when nothing of the step runs any more
    for _ in {1..20}; do kill -0 -- -"$child" 2>/dev/null || break; sleep 0.1; done
    kill -KILL -- -"$child" 2>/dev/null
  done
  if [ -z "$armed" ]; then :
  elif [ -e "$T/armed" ] || [ -e "$T/restored" ]; then
    echo '@@ undoing' 2>/dev/null
    if undo; then echo '@@ undone' 2>/dev/null; else echo '@@ left' 2>/dev/null; journalctl -q -u "hxllm-undo-$ID" -n 30 --no-pager -o cat 2>/dev/null | sed 's/^/@@ why /' 2>/dev/null; fi
  elif [ "$armed" = arming ]; then disarm
  else echo '@@ kept' 2>/dev/null; fi
  finish "$1"
}
trap 'give_up 9' TERM HUP INT PIPE
${transactionFunctions(run.id, steps.saves, undos, record)}
( exec 8>&- >/dev/null 2>&1
  while read -r -t 5 word <&3; do case "$word" in keep|undo) echo "$word" >&7 ;; esac; done
  # a script that was killed can put nothing back: then it is done here, and the timer need not be waited for
  kill -TERM $$ || [ ! -e "$T/armed" ] || undo ) &
watchdog=$!
disown # so that bash has no word for its end
phase() { printf '@@ phase %s\\n' "$*" >&9; }
progress() { printf '@@ progress %s %s\\n' "$STEP" "$*" >&9; }
prove() {
  local word=
  printf '@@ prove %s\\n' "$1" >&9
  read -r word <&7
  [ "$word" = keep ] || exit 66
}
# before the undo is disarmed: whatever stays is on record, and an undo writes over it
record() { [ ! -d /var/lib/hxllm/records ] || printf %s ${quote(record)} > /var/lib/hxllm/records/"$ID"; }
run() { begin "$@"; end "$1"; }
begin() {
  printf '@@ start %s\\n' "$1"
  if [ -n "$armed" ]; then rearm "$1" "$2"; : > "$T/begun.$1"; fi
  ( exec 8>&- 3<&-; set -eo pipefail; STEP=$1; "step_$1"; printf '@@ ok %s\\n' "$1" >&9 ) 9>&1 >"$log.$1" 2>&1 </dev/null &
  children[$1]=$!
}
end() {
  wait "\${children[$1]}"; code=$?
  unset "children[$1]"
  if [ $code -ne 0 ]; then
    printf '@@ fail %s %s\\n' "$1" $code
    tail -n 40 "$log.$1" | sed 's/^/@@ log /'
    # nothing needs to be undone yet: what goes on beside it is not ended in its middle
    [ -n "$armed" ] || [ \${#children[@]} = 0 ] || wait "\${children[@]}"
    give_up 1
  fi
}
${all.map((step, i) => `step_${i}() {\n${step.script}\n}`).join('\n')}
${RESTORE_LEFT}
${calls(0, first)}
${
  steps.change.length > 0
    ? `armed=arming
( set -e; arm ) >"$log" 2>&1
if [ $? != 0 ]; then echo "@@ fail ${first} 1"; sed 's/^/@@ log /' "$log"; give_up 1; fi
armed=yes timer=arming
${calls(first, last)}
record; disarm; armed=`
    : ''
}
echo '@@ kept'
${calls(last, all.length)}
${ends(all, Number.POSITIVE_INFINITY)}
record
ls -1 /var/lib/hxllm/records 2>/dev/null | sort | head -n -50 | sed 's|^|/var/lib/hxllm/records/|' | xargs -r rm -f --
ls -1d ${TRANSACTIONS}/* 2>/dev/null | sort | head -n -5 | xargs -r rm -rf --
echo '@@ done'
finish 0
}
{ exec 3<&0; main </dev/null; exit; }
`;
}

/** A step, and the end of those that went on beside it. */
function call(steps: readonly Step[], { budget, beside }: Step, at: number): string {
  return `${beside === undefined ? 'run' : 'begin'} ${at} ${budget}\n${ends(steps, at)}`.trim();
}

/** Waits for the steps that go on beside others until the one at this place. */
function ends(steps: readonly Step[], at: number): string {
  return steps
    .flatMap(({ beside }, from) => (beside !== undefined && from + beside === at ? [`end ${from}`] : []))
    .join('\n');
}
