// Kind `packages`: Debian packages, all of a host in one apt run.
import { quote } from '../shell.js';
import type { Kind } from './kind.js';

export interface PackagesSpec {
  names: readonly string[];
}

/** Seconds that another apt is waited for. */
const LOCK_WAIT = 300;

export const packages: Kind<PackagesSpec, Set<string>> = {
  name: 'packages',
  phase: 'stage',
  probe: (resources) =>
    `dpkg-query -W -f '\${db:Status-Abbrev} \${Package}\\n' -- ${resources
      .flatMap((r) => r.spec.names)
      .map(quote)
      .join(' ')} 2>/dev/null`,
  read(section, resources) {
    const installed = new Set([...section.matchAll(/^[ih]i\s+(\S+)$/gm)].map((m) => m[1] as string));
    return new Map(resources.map((r) => [r.id, installed]));
  },
  diff(resource, seen) {
    const missing = resource.spec.names.filter((name) => !seen?.has(name));
    if (missing.length === 0) return undefined;
    const spec = { names: missing };
    return {
      resource: { ...resource, spec },
      action: 'create',
      title: 'packages',
      reasons: [`missing: ${missing.join(', ')}`],
    };
  },
  apply: ({ resource }) => `
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
[ -n "$(find /var/lib/apt/lists -name '*_Packages*' -mtime -1 2>/dev/null | head -n 1)" ] || apt_get update
install='install -y --no-install-recommends -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold'
apt_get $install ${resource.spec.names.map(quote).join(' ')} || {
  # a run that died may have left dpkg in its middle
  dpkg --force-confdef --force-confold --configure -a || true
  apt_get update && apt_get $install ${resource.spec.names.map(quote).join(' ')}
}`,
};
