// What a host has that the system it was made from had not: files that no package brought, units, users, listeners.
import { execFileSync } from 'node:child_process';
import { rootDir } from '../../../src/lab/rootfs.js';
import type { Lab } from '../../support/lab.js';
import { onHost } from './search.js';

const FOLDERS = ['etc', 'opt', 'usr/local', 'srv', 'root', 'var/lib', 'var/cache'];
const LIST = `cd "$1" && find ${FOLDERS.join(' ')} -xdev \\( -path var/lib/dpkg -o -path var/lib/apt -o -path var/cache/apt \\) -prune -o -printf '/%p\\n'`;
const OF_PACKAGES = `cat /var/lib/dpkg/info/*.list /var/lib/dpkg/info/*.conffiles; sed -n 's/^ \\(\\/[^ ]*\\) .*/\\1/p' /var/lib/dpkg/status`;
/** Of the host itself, and of packages that stay: hxllm has no part in them. */
const OF_THE_HOST = /^$/;

export function left(lab: Lab, host: string): string[] {
  const base = new Set(
    execFileSync('sh', ['-c', LIST, 'sh', rootDir('bookworm')], { encoding: 'utf8' }).split('\n'),
  );
  const { stdout } = onHost(
    lab,
    host,
    `set -- /; ${LIST}; echo ==; ${OF_PACKAGES}; echo ==
cut -d: -f1 /etc/passwd | sed 's/^/user /'; ss -Hltn | awk '{print "listener", $4}'; systemctl list-unit-files --no-legend --state=enabled | cut -d' ' -f1 | sed 's/^/unit /'
systemctl list-units --no-legend --plain --all 'hxllm*' 'ollama*' 'litellm*' 'open-webui*' | cut -d' ' -f1 | sed 's/^/unit /'`,
  );
  const [files = '', packages = '', rest = ''] = stdout.split('==\n');
  const owned = new Set(packages.split('\n'));
  const more = files.split('\n').filter((f) => f && !base.has(f) && !owned.has(f) && !OF_THE_HOST.test(f));
  // a folder stands for what is in it
  const top = more.filter((f) => !more.includes(f.slice(0, f.lastIndexOf('/'))));
  return [...top, ...rest.split('\n').filter(Boolean)];
}
