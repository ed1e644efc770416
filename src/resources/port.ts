// Kind `port`: a port that a unit of ours is to listen on, and who has it now.
import { quote } from '../shell.js';
import type { Handler, Kind } from './kind.js';
import { eachSocket, UNIT_OF } from './sockets.js';

/** Its id is the port's number. */
export interface PortSpec {
  /** What it will be bound to: 0.0.0.0, ::, or one address. */
  address: string;
  /** The unit that is to have it. */
  unit: string;
  /** A word in the command line of what may be taken over. */
  like?: string;
  /** What makes the unit that has it give way, and what people are told of that. */
  takeOver?(holder: string): { handlers: Handler[]; reason: string };
  /** What to do when something else has it. */
  hint: string;
}

interface Seen {
  /** The unit of the process, undefined = none: somebody's session, a container. */
  unit?: string | undefined;
  process: string;
  like: boolean;
}

/** In no command line. */
const NOTHING = '\n';
const ANY = new Set(['0.0.0.0', '*', '[::]', '::']);

export const port: Kind<PortSpec, Seen> = {
  name: 'port',
  probe: (resources) =>
    [
      UNIT_OF,
      `p() { n=\${o#*'(("'}; n=\${n%%'"'*}; i=\${o#*pid=}; i=\${i%%,*}; k=; unit_of "$i"`,
      `tr '\\0' ' ' < "/proc/$i/cmdline" | grep -qF -- "$2" && k=like; echo "$1|$l|$n|$u|$k"; }`,
      eachSocket(
        `case "$s \${l##*:}" in ${resources
          .map(
            ({ id, spec }) => `'LISTEN ${id}') p ${quote(id)} ${quote(spec.like ?? NOTHING)} 2>/dev/null ;;`,
          )
          .join(' ')} esac`,
      ),
    ].join('\n'),
  read(section, resources) {
    const seen = new Map<string, Seen>();
    for (const line of section.split('\n').filter(Boolean)) {
      const [id = '', local = '', process = '', unit = '', like] = line.split('|');
      const spec = resources.find((r) => r.id === id)?.spec;
      const address = local.slice(0, local.lastIndexOf(':'));
      const isMet = [address, spec?.address ?? ''].some((a) => ANY.has(a)) || address === spec?.address;
      if (isMet && unit !== spec?.unit)
        seen.set(id, { unit: unit || undefined, process, like: like === 'like' });
    }
    return seen;
  },
  diff(resource, seen) {
    if (!seen) return undefined;
    const { id, spec } = resource;
    const change = { resource, action: 'run', title: `port ${id}` } as const;
    if (seen.unit && seen.like && spec.takeOver) {
      const { handlers, reason } = spec.takeOver(seen.unit);
      return { ...change, reasons: [reason], follow: handlers };
    }
    const holder = seen.unit ?? (seen.process || 'a process of no unit');
    const message = `port ${id}, which ${spec.unit} needs, belongs to ${holder}`;
    return { ...change, reasons: [`belongs to ${holder}`], refused: { message, hint: spec.hint } };
  },
  // what must be done is done by the handlers, when the files are there
  apply: () => 'true',
};
