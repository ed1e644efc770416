// The one probe script of a host, and the facts that it gives. Pure.
import { HxError } from '../errors.js';
import { linesAbout, probeFiles } from '../resources/content.js';
import { KINDS } from '../resources/index.js';
import type { Kind, Resource } from '../resources/kind.js';
import { wholeAtOnce } from '../shell.js';

export interface HostFacts {
  /** Free bytes by path; a path that is not there has none. */
  free: Record<string, number>;
  /** Handlers that an interrupted run left to be done. */
  pending: string[];
  /** Changes that nobody finished or put back yet; with a holder of the lock, one that is being made. */
  armed: string[];
  /** Who holds the lock, when somebody does. */
  locked?: string;
  /** The last deploy that ended well: its id. */
  last?: string;
}

export interface Facts {
  host: HostFacts;
  /** What each kind saw, by kind and resource id. */
  seen: Map<string, Map<string, unknown>>;
  /** What the extra pieces printed, by name. */
  extra: Map<string, string>;
}

/** A further piece of the probe script: the checks that a host can answer by itself. */
export interface Extra {
  name: string;
  script: string;
}

const SPACES = ['/', '/opt', '/usr', '/var', '/etc'];
const MARK = '@@hxllm ';

/** Builtins where there is one: a fork costs a host a millisecond. */
const HOST = `
while read -r k v _; do [ "$k" != Uid: ] || { echo "uid $v"; break; }; done < /proc/self/status
df -k --output=avail,file ${SPACES.join(' ')} 2>/dev/null | while read -r k v; do case "$k" in [0-9]*) echo "free $k $v" ;; esac; done
for f in /var/lib/hxllm/pending/*; do [ -e "$f" ] && { read -r h < "$f"; echo "pending $h"; }; done
for a in /var/lib/hxllm/transactions/*/armed; do [ -e "$a" ] && { a=\${a%/armed}; echo "armed \${a##*/}"; }; done
l=$(grep -ls '"result":"done"' /var/lib/hxllm/records/*); [ -n "$l" ] && echo "last \${l##*/}"
[ -e /run/hxllm.lock ] && ! flock -ns 9 9< /run/hxllm.lock && { read -r l < /run/hxllm.lock; echo "locked $l"; }
true`;

/** The script: everything that is read from a host in one run. */
export function probeScript(resources: readonly Resource[], extra: readonly Extra[] = []): string {
  const pieces = [
    `LC_ALL=C; export LC_ALL; PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    `echo '${MARK}host'`,
    HOST,
  ];
  pieces.push(
    `echo '${MARK}files'`,
    probeFiles(byKind(resources).flatMap(([kind, some]) => kind.files?.(some) ?? [])),
  );
  for (const [kind, some] of byKind(resources))
    if (kind.probe) pieces.push(`echo '${MARK}kind ${kind.name}'`, kind.probe(some));
  for (const { name, script } of extra) pieces.push(`echo '${MARK}extra ${name}'`, `( ${script}\n)`);
  return wholeAtOnce([...pieces, `echo '${MARK}end'`].join('\n'));
}

/** Parses what the script printed. Throws when it did not run to its end, or when something could not be read. */
export function readFacts(name: string, output: string, resources: readonly Resource[]): Facts {
  const sections = new Map<string, string>();
  for (const part of output.split(MARK).slice(1)) {
    const end = part.indexOf('\n');
    sections.set(end < 0 ? part : part.slice(0, end), end < 0 ? '' : part.slice(end + 1));
  }
  if (!sections.has('end'))
    throw new HxError({
      code: 'host-failed',
      where: name,
      message: 'the probe did not run to its end',
      hint: `look with: hxllm plan --limit ${name} -v`,
    });
  const host = readHost(name, sections.get('host') ?? '');
  const files = sections.get('files') ?? '';
  const seen = new Map<string, Map<string, unknown>>();
  for (const [kind, some] of byKind(resources)) {
    try {
      const own = kind.files && new Set(kind.files(some).map(({ path }) => path));
      const about = own ? linesAbout(files, own) : '';
      seen.set(kind.name, kind.read(about + (sections.get(`kind ${kind.name}`) ?? ''), some));
    } catch (cause) {
      throw new HxError({
        code: 'host-failed',
        where: name,
        message: `${kind.name}: ${(cause as Error).message}`,
        cause,
      });
    }
  }
  const extra = new Map(
    [...sections].filter(([key]) => key.startsWith('extra ')).map(([key, text]) => [key.slice(6), text]),
  );
  return { host, seen, extra };
}

function readHost(name: string, section: string): HostFacts {
  const all = (key: string) =>
    [...section.matchAll(new RegExp(`^${key} (.*)$`, 'gm'))].map((m) => m[1] as string);
  const one = (key: string) => all(key)[0] ?? '';
  if (one('uid') !== '0') {
    throw new HxError({
      code: 'sudo',
      where: name,
      message: 'hxllm must be root on the host, by SSH or through sudo',
      hint: 'remove ansible_become=false, or set ansible_user=root',
    });
  }
  const [locked, last] = [one('locked'), one('last')];
  return {
    free: Object.fromEntries(
      all('free').map((row) => [row.slice(row.indexOf(' ') + 1), Number.parseInt(row, 10) * 1024]),
    ),
    pending: all('pending'),
    armed: all('armed'),
    ...(locked ? { locked } : {}),
    ...(last ? { last } : {}),
  };
}

function byKind(resources: readonly Resource[]): [Kind, Resource[]][] {
  const rows = KINDS.map((kind): [Kind, Resource[]] => [kind, resources.filter((r) => r.kind === kind.name)]);
  return rows.filter(([, some]) => some.length > 0);
}
