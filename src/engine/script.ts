// The one apply script of a host: steps in order, events on stdout. Pure. Sent to `bash -s`.
import type { Change, Handler } from '../resources/kind.js';
import { quote } from '../shell.js';
import { kindOf, type Plan } from './plan.js';

export interface Step {
  title: string;
  script: string;
}

export interface Run {
  /** Sorts by time and is unique: the name of the record and of a release. */
  id: string;
  /** Who runs it, for the lock and the record: user@host. */
  by: string;
  /** What it does, for the lock. */
  reason: string;
}

/** Exit code of the script when somebody else holds the lock. */
export const LOCKED = 75;

/** Changes in phases: files first, then daemon-reload, services, restarts, and what needs running services. */
export function stepsOf(plan: Plan): Step[] {
  const phase = (name: string | undefined) =>
    plan.changes.filter((c) => kindOf(c).phase === name).map(changeStep);
  const handlers = (late: boolean) => plan.handlers.filter((h) => h.order >= 10 === late).map(handlerStep);
  const mark =
    plan.handlers.length > 0 ? [{ title: 'note what must follow', script: note(plan.handlers) }] : [];
  return [
    ...mark,
    ...phase(undefined),
    ...handlers(false),
    ...phase('service'),
    ...handlers(true),
    ...phase('after'),
  ];
}

const PENDING = '/var/lib/hxllm/pending';
const fileOf = (handler: Handler) => `${PENDING}/${handler.id.replaceAll(/[^\w.-]/g, '-')}`;

/** A run that dies between a change and its restart leaves word of it for the next one. */
function note(handlers: readonly Handler[]): string {
  return [`mkdir -p ${PENDING}`, ...handlers.map((h) => `echo ${quote(h.id)} > ${fileOf(h)}`)].join('\n');
}

function changeStep(change: Change): Step {
  return { title: change.title, script: kindOf(change).apply(change) };
}

function handlerStep(handler: Handler): Step {
  return { title: handler.id, script: `${handler.script}\nrm -f ${fileOf(handler)}` };
}

/**
 * The whole script. Nothing of it runs when it is cut in transit; it holds the lock while it lives; it stops when the
 * controller has not beaten for 5 s or is gone (facts/speed.md A6): the step that runs is ended, the rest is not begun.
 */
export function applyScript(steps: readonly Step[], run: Run): string {
  const functions = steps.map((step, i) => `step_${i}() {\n${step.script}\n}`);
  const calls = steps.map((_, i) => `run ${i}`);
  return `main() {
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ID=${quote(run.id)}
umask 022
mkdir -p -m 0700 /var/lib/hxllm && mkdir -p /var/lib/hxllm/records /var/lib/hxllm/uploads
exec 8>>/run/hxllm.lock
# a probe that looks whether it is held takes it for a moment
if ! flock -w 0.5 8; then echo "@@ locked $(head -n 1 /run/hxllm.lock)"; exit ${LOCKED}; fi
echo ${quote(`${run.by}, ${run.reason}, since `)}"$(date -u +%FT%TZ)" > /run/hxllm.lock
log=$(mktemp /run/hxllm-log.XXXXXX)
set -m
child=
stop() {
  trap '' PIPE TERM HUP INT
  if [ -n "$child" ]; then
    kill -TERM -- -"$child" 2>/dev/null
    # the lock is free only when nothing of the step runs any more
    for _ in {1..20}; do kill -0 -- -"$child" 2>/dev/null || break; sleep 0.1; done
    kill -KILL -- -"$child" 2>/dev/null
  fi
  rm -f "$log"; : > /run/hxllm.lock; exit 9
}
trap stop TERM HUP INT PIPE
( exec 8>&- >/dev/null 2>&1; while read -r -t 5 _ <&3; do :; done; kill -TERM $$ ) &
watchdog=$!
disown # so that bash has no word for its end
progress() { printf '@@ progress %s\\n' "$*" >&9; }
run() {
  printf '@@ start %s\\n' "$1"
  ( exec 8>&- 3<&-; set -eo pipefail; "step_$1" ) 9>&1 >"$log" 2>&1 </dev/null &
  child=$!
  wait "$child"; code=$?
  child=
  if [ $code -ne 0 ]; then
    printf '@@ fail %s %s\\n' "$1" $code
    tail -n 40 "$log" | sed 's/^/@@ log /'
    finish 1
  fi
  printf '@@ ok %s\\n' "$1"
}
finish() { kill -- -$watchdog 2>/dev/null; rm -f "$log"; : > /run/hxllm.lock; exit $1; }
${functions.join('\n')}
${calls.join('\n')}
echo ${quote(JSON.stringify({ by: run.by, reason: run.reason, changes: steps.map((s) => s.title) }))} > /var/lib/hxllm/records/"$ID"
ls -1 /var/lib/hxllm/records | sort | head -n -50 | sed 's|^|/var/lib/hxllm/records/|' | xargs -r rm -f --
echo '@@ done'
finish 0
}
{ exec 3<&0; main </dev/null; exit; }
`;
}
