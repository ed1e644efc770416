// Where Debian packages come from: the mirror, proxy and certificates that this machine's own apt uses.
import type { Distribution } from './distributions.js';
import { attempt } from './run.js';

const FORMAT = '$(ORIGIN)|$(LABEL)|$(REPO_URI)';

export interface Mirror {
  main: string;
  security: string;
  /** `Acquire::http::Proxy "…";` and the like, for apt in the hosts. */
  options: string[];
}

/** Picks Debian's own repositories among all that apt knows (a machine may have others beside them). */
export function mirrorOf(targets: string, config: string): Mirror {
  const lines = targets.split('\n').map((line) => line.split('|'));
  const of = (label: string) => lines.find((line) => line[0] === 'Debian' && line[1] === label)?.[2];
  return {
    main: of('Debian') ?? 'http://deb.debian.org/debian/',
    security: of('Debian-Security') ?? 'http://deb.debian.org/debian-security/',
    options: config
      .split('\n')
      .filter((line) => /^Acquire::https?::(.*::)?(Proxy|CaInfo|Verify-\w+) /.test(line)),
  };
}

export async function readMirror(): Promise<Mirror> {
  const [targets, config] = await Promise.all([
    attempt('apt-get', ['indextargets', '--format', FORMAT]),
    attempt('apt-config', ['dump']),
  ]);
  return mirrorOf(targets.stdout, config.stdout);
}

/** The apt sources of a distribution on that mirror, one per line. */
export function sources(mirror: Mirror, distribution: Distribution): string[] {
  const line = (uri: string) => (suite: string) =>
    `deb [signed-by=${distribution.keyring}] ${uri} ${suite} main`;
  return [...distribution.suites.map(line(mirror.main)), ...distribution.security.map(line(mirror.security))];
}
