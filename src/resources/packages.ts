// Kind `packages`: Debian packages, all of a host in one apt run.
import { quote } from '../shell.js';
import type { Kind } from './kind.js';

export interface PackagesSpec {
  names: readonly string[];
}

/** Seconds that another apt is waited for. */
const LOCK_WAIT = 300;

/** Those that hxllm installed, one a line. */
const MADE = '/var/lib/hxllm/packages';
/** What runs without anybody's configuration is in the way; tools stay. */
const SERVICES = ['haproxy'];
/** sh: a configuration of somebody else's is there again. */
const IS_USED = `grep -qsE '^(frontend|listen|backend)[[:space:]]' /etc/haproxy/haproxy.cfg`;

/** sh that holds when hxllm installed it. */
export const isMade = (name: string) => `grep -qsxF -- ${quote(name)} ${MADE}`;

interface SeenPackages {
  installed: Set<string>;
  made: Set<string>;
}

export const packages: Kind<PackagesSpec, SeenPackages> = {
  name: 'packages',
  phase: 'stage',
  probe: (resources) =>
    `dpkg-query -W -f '\${db:Status-Abbrev} \${Package}\\n' -- ${resources
      .flatMap((r) => r.spec.names)
      .map(quote)
      .join(' ')} 2>/dev/null; [ ! -r ${MADE} ] || while read -r n; do echo "made $n"; done < ${MADE}`,
  read(section, resources) {
    const all = (pattern: RegExp) => new Set([...section.matchAll(pattern)].map((m) => m[1] as string));
    const seen = { installed: all(/^[ih]i\s+(\S+)$/gm), made: all(/^made (\S+)$/gm) };
    return new Map(resources.map((r) => [r.id, seen]));
  },
  diff(resource, seen) {
    const missing = resource.spec.names.filter((name) => !seen?.installed.has(name));
    if (missing.length === 0) return undefined;
    const spec = { names: missing };
    return {
      resource: { ...resource, spec },
      action: 'create',
      title: 'packages',
      reasons: [`missing: ${missing.join(', ')}`],
    };
  },
  remove(resource, seen) {
    const isSure = (name: string) => seen?.installed.has(name) && seen.made.has(name);
    const names = resource.spec.names.filter((name) => SERVICES.includes(name) && isSure(name));
    if (names.length === 0) return undefined;
    const title = `packages ${names.join(', ')}`;
    return {
      resource: { ...resource, spec: { names } },
      action: 'remove',
      title,
      reasons: ['hxllm installed it'],
    };
  },
  installs: ({ resource }) => resource.spec.names,
  apply: ({ resource: { spec }, action }) => `${APT_GET}${(action === 'remove' ? purge : install)(spec)}`,
};

const APT_GET = `
export DEBIAN_FRONTEND=noninteractive
apt_get() { # waits for another apt with a word: its own lock timeout does not cover the package lists
  local end=$((SECONDS + ${LOCK_WAIT})) said='' log
  log=$(mktemp)
  until apt-get -q -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1; do
    if ! grep -q 'Could not get lock\\|Unable to lock' "$log" || [ $SECONDS -ge $end ]; then cat "$log"; rm -f "$log"; return 1; fi
    if [ -z "$said" ]; then progress "waiting for another apt: $(grep -om1 'held by process.*' "$log" || echo 'it holds the lock')"; said=1; fi
    sleep 1 & wait $!
  done
  rm -f "$log"
}
`;

function purge({ names }: PackagesSpec): string {
  return `${IS_USED} || apt_get purge -y ${names.map(quote).join(' ')}
sed -i ${names.map((name) => `-e ${quote(`/^${name}$/d`)}`).join(' ')} ${MADE}`;
}

function install({ names }: PackagesSpec): string {
  const words = names.map(quote).join(' ');
  return `[ -n "$(find /var/lib/apt/lists -name '*_Packages*' -mtime -1 2>/dev/null | head -n 1)" ] || apt_get update
install='install -y --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold'
apt_get $install ${words} || {
  # a run that died may have left dpkg in its middle
  dpkg --force-confdef --force-confold --configure -a || true
  apt_get update && apt_get $install ${words}
}
mkdir -p -m 0700 /var/lib/hxllm
printf '%s\\n' ${words} >> ${MADE}`;
}
