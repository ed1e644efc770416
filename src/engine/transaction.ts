// The undo of one host's apply: originals kept, a script that puts them back, a timer, a unit for the next boot. Pure.
import { quote } from '../shell.js';

export const TRANSACTIONS = '/var/lib/hxllm/transactions';

export const PENDING = '/var/lib/hxllm/pending';
/** The file that tells the next run of a handler that must still be done. */
export const pendingFile = (handler: string) => `${PENDING}/${handler.replaceAll(/[^\w.-]/g, '-')}`;

/** What `restore.sh` makes good with the host running, when its step had begun. */
export interface Undo {
  /** Number of the step. */
  step: number;
  title: string;
  script: string;
}

/** Seconds that a step may take when it does not say otherwise. */
export const BUDGET = 180;

/**
 * bash functions for the apply script: `arm`, `rearm NAME SECONDS`, `disarm`, `undo`. `$ID`, `$T` (its folder) and
 * `$work` are set. The order of each is what makes it safe at any moment: `armed` last on arming,
 * first on disarming; a new timer before the old one goes.
 */
export function transactionFunctions(
  id: string,
  saves: readonly string[],
  undos: readonly Undo[],
  record: string,
): string {
  const save = (path: string, i: number) => `save ${quote(path)} ${i}`;
  return `
save() { # hard links where that can be: our own changes rename and never write into a file
  [ -e "$1" ] || [ -L "$1" ] || return 0
  cp -al -- "$1" "$T/saved/$2" 2>/dev/null || { rm -rf "$T/saved/$2"; cp -a -- "$1" "$T/saved/$2"; }
}
arm() { # with set -e, which || and && would switch off
  rm -rf "$T"; mkdir -p -m 0700 "$T/saved"
  printf %s ${quote(record)} > "$T/record"
${saves.map(save).join('\n')}
  printf %s ${quote(restoreScript(id, saves, undos))} > "$T/restore.sh"; chmod 0700 "$T/restore.sh"
  echo "$work" > "$T/work"
  rearm arming ${BUDGET}
  sync -f "$T"; : > "$T/armed"; sync -f "$T"
}
rearm() {
  systemd-run -q --collect --on-active="$2" --timer-property=AccuracySec=1s --unit="hxllm-rollback-$ID-$1" \\
    --description="hxllm: undo transaction $ID" --property=Type=oneshot --property=TimeoutStartSec=1800 \\
    --property=Conflicts=shutdown.target "$T/restore.sh" timer || return
  [ -z "$timer" ] || systemctl stop "hxllm-rollback-$ID-$timer.timer"
  timer=$1
}
disarm() { rm -f "$T/armed"; sync -f "$T"; systemctl stop "hxllm-rollback-$ID-*.timer" 2>/dev/null || true; }
undo() { # in a unit of its own: it must end once begun, whatever becomes of this script
  systemd-run -q --wait --collect --unit="hxllm-undo-$ID" --property=TimeoutStartSec=1800 \\
    --property=Conflicts=shutdown.target "$T/restore.sh" undo
}`;
}

/** `restore.sh undo|timer|boot`: at boot files and links only, and what those start: no network is there. */
export function restoreScript(id: string, saves: readonly string[], undos: readonly Undo[]): string {
  const back = (path: string, i: number) => `back ${quote(path)} ${i}`;
  const targets = [...new Set(saves.flatMap((path) => /\/([\w-]+\.target)\.wants\//.exec(path)?.[1] ?? []))];
  // no || behind the parentheses: set -e would mean nothing in them
  const undoing = ({ step, title, script }: Undo) =>
    `if [ -e "$T/begun.${step}" ] || [ -n "$rebooted" ]; then # ${title}\n( set -e\n${script}\n)\n[ $? = 0 ] || { failed=1; mkdir -p ${PENDING}; echo ${quote(title)} > ${quote(pendingFile(title))}; }\nfi`;
  return `#!/bin/bash
# Written by hxllm: puts back what transaction ${id} was changing. Argument: undo, timer or boot.
T=${TRANSACTIONS}/${id} ID=${id} mode=$1 failed= work=
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
umask 022
[ ! -r "$T/work" ] || read -r work < "$T/work"
holders() { # PATH FD: who has it open as that number; never a process that only has an old one's number
  local p
  for p in /proc/[0-9]*; do [ ! "$p/fd/$2" -ef "$1" ] || echo "\${p#/proc/}"; done
}
if [ "$mode" = timer ]; then # a script that still runs ends its step and puts back by itself
  told=
  for p in $(holders "$work/words" 7); do
    [ "/proc/$p/fd/8" -ef /run/hxllm.lock ] && kill -TERM "$p" && told=1
  done
  [ -z "$told" ] || sleep 3
fi
exec 9>/run/hxllm-restore.lock; flock 9
[ -e "$T/armed" ] || { [ ! -e "$T/failed" ]; exit; }
# a step that outlived its script
orphans=$(for l in "$work"/log.*; do holders "$l" 1; done)
[ -z "$orphans" ] || kill -KILL $orphans
progress() { :; }
is_same() { # two plain files that nobody can tell apart
  [ -f "$1" ] && [ ! -L "$1" ] && [ -f "$2" ] && [ ! -L "$2" ] && cmp -s -- "$1" "$2" && [ "$(stat -c '%a %u %g' -- "$1")" = "$(stat -c '%a %u %g' -- "$2")" ]
}
back() {
  rm -rf -- "$1.hxllm-new" # of a step that was ended between writing and renaming
  if is_same "$1" "$T/saved/$2"; then return; fi # on a full disk nothing could be written
  if [ -e "$T/saved/$2" ] || [ -L "$T/saved/$2" ]; then
    rm -rf "$1.hxllm-back"; mkdir -p "$(dirname "$1")"
    cp -a -- "$T/saved/$2" "$1.hxllm-back" || { failed=1; return; }
    # a folder is not renamed over something else, nor something else over a folder
    for p in "$1" "$T/saved/$2"; do [ -L "$p" ] || [ ! -d "$p" ] || rm -rf -- "$1"; done
    mv -fT -- "$1.hxllm-back" "$1" || failed=1
  else
    rm -rf -- "$1" || failed=1
  fi
}
${saves.map(back).join('\n')}
rm -f ${PENDING}/*
rebooted=; [ -e "$work" ] || rebooted=1 # then all was started from what lay there
if [ "$mode" = boot ]; then
${saves.some((path) => path.includes('/systemd/')) ? 'systemctl daemon-reload || failed=1 # units were read before they were put back' : ':'}
${targets.length > 0 ? `systemctl --no-block start ${targets.join(' ')} || failed=1 # with what was not among their wants when this boot began` : ':'}
else
systemctl daemon-reload || failed=1
${[...undos].reverse().map(undoing).join('\n')}
fi
mkdir -p /var/lib/hxllm/records
sed "s/\\"result\\":\\"[a-z]*\\"/\\"result\\":\\"undone\\",\\"undone\\":\\"$mode\\"/" "$T/record" > /var/lib/hxllm/records/${id}
[ -z "$failed" ] || : > "$T/failed"
mv -f "$T/armed" "$T/restored"; sync -f "$T"
[ "$mode" = boot ] || systemctl stop "hxllm-rollback-$ID-*.timer" 2>/dev/null
[ -z "$failed" ]
`;
}

/** Runs what an earlier run left armed, before anything else; its end does not depend on this script. */
export const RESTORE_LEFT = `for a in ${TRANSACTIONS}/*/armed; do
  [ -e "$a" ] || continue
  d=\${a%/armed}; echo "@@ restoring \${d##*/}"
  systemd-run -q --wait --collect --unit="hxllm-undo-\${d##*/}-$ID" --property=TimeoutStartSec=1800 "$d/restore.sh" undo || true
done`;

/** bash: puts back what an earlier run left, unless somebody is at work here. For a look that comes before a plan. */
export const PUT_BACK = `main() {
export ID=look LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec 8>>/run/hxllm.lock; flock -n 8 || exit 0
${RESTORE_LEFT}
}
{ main </dev/null; exit; }
`;
