// The undo of one host's apply: originals kept, a script that puts them back, a timer, a unit for the next boot. Pure.
import { quote } from '../shell.js';

export const TRANSACTIONS = '/var/lib/hxllm/transactions';

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
 * bash functions for the apply script: `arm`, `rearm SECONDS`, `disarm`, `undo`. `$ID` and `$T` (its folder) are set.
 * The order of each is what makes it safe at any moment (facts/gateway.md 7): `armed` last on arming, first on disarming.
 */
export function transactionFunctions(id: string, saves: readonly string[], undos: readonly Undo[]): string {
  const save = (path: string, i: number) => `save ${quote(path)} ${i}`;
  return `
save() { # hard links where that can be: our own changes rename and never write into a file
  [ -e "$1" ] || [ -L "$1" ] || return 0
  cp -al -- "$1" "$T/saved/$2" 2>/dev/null || { rm -rf "$T/saved/$2"; cp -a -- "$1" "$T/saved/$2"; }
}
arm() {
  set -e
  rm -rf "$T"; mkdir -p -m 0700 "$T/saved"
${saves.map(save).join('\n')}
  printf %s ${quote(restoreScript(id, saves, undos))} > "$T/restore.sh"; chmod 0700 "$T/restore.sh"
  echo $$ > "$T/pid"
  rearm ${BUDGET}
  sync -f "$T"; : > "$T/armed"; sync -f "$T"
}
rearm() {
  systemctl stop "hxllm-rollback-$ID.timer" 2>/dev/null || true
  systemd-run -q --collect --on-active="$1" --timer-property=AccuracySec=1s --unit="hxllm-rollback-$ID" \\
    --description="hxllm: undo transaction $ID" --property=Type=oneshot --property=TimeoutStartSec=1800 \\
    --property=Conflicts=shutdown.target "$T/restore.sh" timer
}
disarm() { rm -f "$T/armed"; systemctl stop "hxllm-rollback-$ID.timer" 2>/dev/null || true; }
undo() { # in a unit of its own: it must end once begun, whatever becomes of this script
  systemd-run -q --wait --collect --unit="hxllm-undo-$ID" --property=TimeoutStartSec=1800 \\
    --property=Conflicts=shutdown.target "$T/restore.sh" undo
}`;
}

/** `restore.sh undo|timer|boot`: at boot files and links only, no systemctl and no network. */
export function restoreScript(id: string, saves: readonly string[], undos: readonly Undo[]): string {
  const back = (path: string, i: number) => `back ${quote(path)} ${i}`;
  const undoing = ({ step, title, script }: Undo) =>
    `if [ -e "$T/begun.${step}" ]; then ( # ${title}\nset -e\n${script}\n) || failed=1; fi`;
  return `#!/bin/bash
# Written by hxllm: puts back what transaction ${id} was changing. Argument: undo, timer or boot.
T=${TRANSACTIONS}/${id} ID=${id} mode=$1 failed=
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
umask 022
if [ "$mode" = timer ] && read -r pid < "$T/pid"; then kill -TERM "$pid" 2>/dev/null && sleep 1; fi
exec 9>/run/hxllm-restore.lock; flock 9
[ -e "$T/armed" ] || exit 0
progress() { :; }
back() {
  if [ -e "$T/saved/$2" ] || [ -L "$T/saved/$2" ]; then
    rm -rf "$1.hxllm-back"; mkdir -p "$(dirname "$1")"
    cp -a -- "$T/saved/$2" "$1.hxllm-back" || { failed=1; return; }
    [ -d "$1" ] && [ ! -L "$1" ] && rm -rf -- "$1"
    mv -fT -- "$1.hxllm-back" "$1" || failed=1
  else
    rm -rf -- "$1" || failed=1
  fi
}
${saves.map(back).join('\n')}
if [ "$mode" != boot ]; then
systemctl daemon-reload || failed=1
${[...undos].reverse().map(undoing).join('\n')}
fi
mkdir -p /var/lib/hxllm/records
sed "s/\\"result\\":\\"[a-z]*\\"/\\"result\\":\\"undone\\",\\"undone\\":\\"$mode\\"/" "$T/record" > /var/lib/hxllm/records/${id} 2>/dev/null
rm -f /var/lib/hxllm/pending/*
mv -f "$T/armed" "$T/restored"
[ "$mode" = boot ] || systemctl stop "hxllm-rollback-$ID.timer" 2>/dev/null
[ -z "$failed" ]
`;
}

/** Runs what an earlier run left armed, before anything else; its end does not depend on this script. */
export const RESTORE_LEFT = `for a in ${TRANSACTIONS}/*/armed; do
  [ -e "$a" ] || continue
  d=\${a%/armed}; echo "@@ restoring \${d##*/}"
  systemd-run -q --wait --collect --unit="hxllm-undo-\${d##*/}" --property=TimeoutStartSec=1800 "$d/restore.sh" timer || true
done`;
