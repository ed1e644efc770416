// What a host has that the system which it was made from has not: files that no package brought, users, listeners, units.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir } from '../../../src/lab/rootfs.js';
import type { Lab } from '../../support/lab.js';
import { onHost } from './search.js';

const FOLDERS = 'etc opt usr/local srv root var/lib var/cache';
const LIST = `cd "$1" && find ${FOLDERS} -xdev \\( -path var/lib/dpkg -o -path var/lib/apt -o -path var/cache/apt \\) -prune -o -printf '/%p\\n'`;
const SCRIPT = `set -- /; ${LIST}
echo ==; cat /var/lib/dpkg/info/*.list /var/lib/dpkg/info/*.conffiles
echo ==; cut -d: -f1 /etc/passwd
echo ==; ss -Hltn | awk '$4 !~ /:22$/ {print "listener " $4}'
systemctl list-units --no-legend --plain --all 'hxllm*' 'ollama*' 'litellm*' 'open-webui*' 'haproxy*' | awk '{print "unit " $1}'
systemctl --failed --no-legend --plain | awk '{print "failed " $1}'`;
/** Of the lab's host itself: its name, keys and network, and what Debian's own tools write as it lives, or leave of a package. */
const ITS_OWN =
  /hxllm-lab|^\/etc\/(ssh\/ssh_host_|systemd\/network\/|hosts$|hostname$|resolv\.conf$|pip\.conf$)|^\/etc\/\w+-$|^\/var\/cache\/(debconf\/|ldconfig\/aux-cache)|^\/root\/\.ssh\/|^\/var\/lib\/(dbus\/machine-id|systemd\/(timers|linger)|haproxy(\/|$))/;

/** `/var/lib/ollama`, `user ollama`, `listener 0.0.0.0:80`; a folder stands for all that is in it. */
export function left(lab: Lab, host: string): string[] {
  const root = rootDir('bookworm');
  const lines = (text = '') => text.split('\n').filter(Boolean);
  const base = new Set(lines(execFileSync('sh', ['-c', LIST, 'sh', root], { encoding: 'utf8' })));
  const usersOf = (text: string) => lines(text).map((line) => line.split(':')[0] as string);
  const users = usersOf(readFileSync(join(root, 'etc/passwd'), 'utf8'));
  const [files = '', packages, more = '', rest] = onHost(lab, host, SCRIPT).stdout.split('==\n');
  const owned = new Set(lines(packages));
  const strange = lines(files).filter((f) => !base.has(f) && !owned.has(f) && !ITS_OWN.test(f));
  const top = strange.filter((f) => !strange.includes(f.slice(0, f.lastIndexOf('/'))));
  const made = usersOf(more).filter((name) => !users.includes(name));
  return [...top, ...made.map((name) => `user ${name}`), ...lines(rest)];
}
