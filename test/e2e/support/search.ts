// Looks for secrets in everything that a host keeps: all its files, its journal.
import { spawnSync } from 'node:child_process';
import { sshArgs } from '../../../src/lab/ssh.js';
import { needState } from '../../../src/lab/state.js';
import { quote } from '../../../src/shell.js';
import type { Lab } from '../../support/lab.js';

/** `file MODE PATH: name` and `journal: name`. What the pattern is stays in a file that is gone afterwards. */
const SCRIPT = `
names=/dev/shm/search; mkdir -m 0700 $names
trap 'rm -rf $names' EXIT
plant() { printf '%s\\n' "$2" > "$names/$1"; }
PLANTED
cat $names/* > $names/.all
find / /run /tmp /var/tmp /dev/shm -xdev -path $names -prune -o -type f -size -200M -print0 2>/dev/null |
  xargs -0 grep -laF -f $names/.all 2>/dev/null | sort -u | while read -r file; do
    for n in $names/*; do grep -qaF -f "$n" "$file" && echo "file $(stat -c %a "$file") $file: \${n##*/}"; done
  done
journalctl --sync 2>/dev/null
journalctl -a -o export --no-pager > $names/.journal
for n in $names/*; do grep -qaF -f "$n" $names/.journal && echo "journal: \${n##*/}"; done
echo end
`;

/** Everywhere that a host keeps one of the texts. The script goes through stdin: an argument could be seen. */
export function kept(lab: Lab, host: string, texts: Record<string, string>): string[] {
  const planted = Object.entries(texts).map(([name, text]) => `plant ${quote(name)} ${quote(text)}`);
  const { stdout, stderr } = onHost(
    lab,
    host,
    SCRIPT.replace('PLANTED', () => planted.join('\n')),
  );
  const lines = stdout.trimEnd().split('\n');
  if (lines.pop() !== 'end') throw new Error(`${host} was not searched to the end: ${stdout}${stderr}`);
  return lines;
}

/** A script that goes to a host on stdin. */
export function onHost(lab: Lab, host: string, script: string) {
  return spawnSync('ssh', [...sshArgs(needState(lab.name), host, 'root'), '--', 'bash', '-s'], {
    input: script,
    encoding: 'utf8',
  });
}
