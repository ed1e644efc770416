// Host check `start`: of a service that does not run, or not for long, why, out of what systemd and its journal say.
import { MARK } from '../resources/original.js';
import { type Entry, INVOCATION_FIELDS, readEntry } from '../services/journal.js';
import { quote } from '../shell.js';
import { PROXY_UNIT } from '../stack/places.js';
import type { HostCheck, Result, RoleHost } from './check.js';
import { RECENT, times, unitsOf } from './units.js';
import { unitOf } from './webui.js';

interface Stopped {
  unit: string;
  /** systemd's word for how it ended: exit-code, signal, oom-kill, start-limit-hit, success. */
  result: string;
  /** Exit code, or number of the signal. */
  status: string;
  /** By systemd, since somebody started it. */
  restarts: number;
  /** systemd's word for what it is at: dead, failed, start, auto-restart, running. */
  sub: string;
  /** Seconds that it runs; undefined = it does not. */
  age?: number;
  log: string;
}

interface Cause {
  is(stopped: Stopped): boolean;
  /** The line that says it. */
  line?: RegExp;
  says: string;
  hint: string;
  /** It may simply be started again. */
  again?: true;
}

/** What a unit is told to keep to itself. */
const SAYS_MORE: Record<string, string> = {
  // its start asks with -q
  [PROXY_UNIT]: `; haproxy -c -f /etc/haproxy/haproxy.cfg 2>&1 | grep -a ALERT | head -n 3 | sed 's/^/| /'`,
};

const PROPERTIES = 'ActiveState,Result,ExecMainStatus,SubState,NRestarts,ActiveEnterTimestamp,InvocationID';
const FIELDS = ['MESSAGE', '_PID', ...INVOCATION_FIELDS].join();

const said = (line: RegExp) => ({ line, is: ({ log }: Stopped) => line.test(log) });

const NO_MEMORY = /out of memory|cannot allocate memory|failed to reserve .*memory|MemoryError|oom-kill/i;
const GONE = /No such file or directory.*(python|bin\/)|(python|bin\/)\S*: No such file/;
const DENIED = /permission denied|PermissionError|EACCES/i;

/** From the surest to the vaguest. UNIT and HOST stand for the names. */
const CAUSES: readonly Cause[] = [
  {
    is: ({ result, sub }) => result === 'success' && sub === 'dead',
    says: 'somebody stopped it',
    hint: 'hxllm doctor --fix --limit HOST starts it',
    again: true,
  },
  {
    is: ({ result, log }) => result === 'oom-kill' || NO_MEMORY.test(log),
    line: NO_MEMORY,
    says: 'it ran out of memory',
    hint: 'hxllm doctor --only memory --limit HOST; free -h there, and MemoryMax of UNIT',
  },
  {
    is: ({ result, status }) => result === 'signal' && status === '9',
    says: 'it was killed',
    hint: 'who: ssh HOST sudo journalctl -k -g killed; again: hxllm doctor --fix --limit HOST',
    again: true,
  },
  {
    is: ({ status, log }) => (status === '203' && !DENIED.test(log)) || GONE.test(log),
    line: GONE,
    says: 'its program or its Python is gone',
    hint: 'hxllm deploy --limit HOST installs it anew',
  },
  {
    ...said(/address already in use|cannot bind (UNIX |IPv[46] )?socket|EADDRINUSE/i),
    says: 'its port is taken',
    hint: 'who has it: ssh HOST sudo ss -ltnp',
  },
  {
    ...said(DENIED),
    says: 'it may not read or write what it needs',
    hint: 'hxllm verify --only permissions --limit HOST; hxllm deploy --limit HOST puts owners and modes right',
  },
  {
    ...said(/AuthenticationError|invalid api key|error '401 Unauthorized/i),
    says: 'a key is refused',
    hint: 'the keys in litellm_environment and litellm_models: hxllm inventory show HOST',
  },
  {
    ...said(
      /parsing \[|yaml\.|ScannerError|ParserError|ValidationError|unknown keyword|invalid (configuration|host|port|value)|Error in configuration/i,
    ),
    says: 'its configuration is wrong',
    hint: 'hxllm plan --limit HOST shows what was changed by hand, hxllm deploy --limit HOST puts it back',
  },
];

/** A web UI may have a unit of another name, and an HAProxy in front that is hxllm's or not there. */
const ownOf = (host: RoleHost) =>
  host.role === 'webui' ? [unitOf(host), ...(host.isWithGateway ? [] : [PROXY_UNIT])] : unitsOf(host);

export const start: HostCheck = {
  id: 'start',
  title: 'Services run, or say why not',
  role: 'every',
  doctor: true,
  hint: 'hxllm logs --limit HOST',
  script: (host) =>
    ownOf(host)
      .map((unit) => {
        const word = quote(unit);
        const mayBeOthers = host.role === 'webui' && unit === PROXY_UNIT;
        const isOurs = mayBeOthers ? ` && grep -q '^${MARK}' /etc/haproxy/haproxy.cfg` : '';
        // what fails after some seconds runs when one looks, most of the time; its last words may be on their way
        return `if [ "$(systemctl show -P LoadState ${word})" = loaded ]${isOurs}; then echo '@known ${unit}'
if ! systemctl -q is-active ${word} || [ "$(systemctl show -P NRestarts ${word})" -gt 0 ]; then
journalctl --sync
echo "@unit ${unit}"; echo "Now=$(date +%s)"; systemctl show --timestamp=unix -p ${PROPERTIES} ${word}
journalctl -q --no-pager --all -o json --output-fields=${FIELDS} -n 300 -u ${word}${SAYS_MORE[unit] ?? ''}; fi; fi`;
      })
      .concat('echo @end')
      .join('\n'),
  judge(output): Result | Result[] {
    if (!/^@end$/m.test(output)) return { status: 'fail', message: 'systemctl says nothing' };
    const stopped = readStopped(output);
    const known = [...output.matchAll(/^@known (\S+)$/gm)].map(([, unit]) => unit);
    if (stopped.length === 0)
      // what is not there at all is told by others
      return known.length > 0 ? { status: 'pass', message: `running: ${known.join(', ')}` } : [];
    return stopped.map(judged);
  },
};

export function readStopped(output: string): Stopped[] {
  return output
    .split(/^@unit /m)
    .slice(1)
    .map((part) => {
      const [unit = '', ...lines] = part.split('\n');
      const value = (name: string) =>
        lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
      const isActive = value('ActiveState') === 'active';
      const entries = lines.flatMap((line) => readEntry(line) ?? []);
      const log = lastTry(isActive ? entries.filter((e) => e.invocation !== value('InvocationID')) : entries);
      return {
        unit,
        result: value('Result'),
        status: value('ExecMainStatus'),
        sub: value('SubState'),
        restarts: Number(value('NRestarts')),
        log: [...log, ...lines.flatMap(saidMore)].join('\n'),
        ...(isActive
          ? {
              age: Number(value('Now')) - Number(value('ActiveEnterTimestamp').replace('@', '')),
              ...endOf(log),
            }
          : {}),
      };
    })
    .filter(({ age = 0 }) => age < RECENT);
}

/** How an earlier try ended: systemd's properties are those of the one that runs. */
function endOf(log: readonly string[]): Pick<Stopped, 'result' | 'status'> {
  const find = (pattern: RegExp) => log.flatMap((line) => pattern.exec(line)?.[1] ?? []).at(-1) ?? '';
  return { result: find(/: Failed with result '([\w-]+)'/), status: find(/process exited, .*status=(\d+)/) };
}

const saidMore = (line: string) => (line.startsWith('| ') ? [line.slice(2)] : []);

/** Lines: what one said long before it ended is no cause. */
const END = 80;

/**
 * By systemd's id, for its "Started" may come in the middle of what a service says that ends at once. A try that systemd
 * refused itself says nothing.
 */
function lastTry(entries: readonly Entry[]): string[] {
  const last = entries.findLast(({ pid }) => pid !== 1)?.invocation;
  const own = entries.filter(({ invocation }) => !last || invocation === last);
  return own.slice(-END).map(({ message }) => message);
}

const BY_SYSTEMD = /^(Started|Stopped|Stopping|Starting|Failed to start|Scheduled restart) /;

/** Of a stack trace, this is the line that people look for. */
const TELLING = /error|fatal|panic|alert|denied|cannot|failed to|in use|no such/i;

function judged(stopped: Stopped): Result {
  const name = stopped.unit.replace(/\.service$/, '');
  // between two attempts of a loop it looks like one that is being started
  if (/^start/.test(stopped.sub) && stopped.restarts === 0)
    return {
      subject: name,
      status: 'warn',
      message: 'it is being started',
      hint: 'hxllm doctor --limit HOST, once more',
    };
  const cause = CAUSES.find(({ is }) => is(stopped));
  const lines = stopped.log.split('\n').filter((line) => line.trim() !== '' && !BY_SYSTEMD.test(line));
  const own = lines.filter((line) => !line.startsWith(`${stopped.unit}: `));
  const find = (some: string[], pattern?: RegExp) => some.findLast((line) => pattern?.test(line));
  const last = (
    find(lines, cause?.line) ??
    find(own, TELLING) ??
    own.at(-1) ??
    find(lines, TELLING) ??
    lines.at(-1) ??
    ''
  ).slice(0, 200);
  const data = { unit: stopped.unit, result: stopped.result, status: stopped.status, log: lines.slice(-5) };
  const { age, restarts } = stopped;
  const again = age === undefined ? '' : `; started again ${times(restarts)}, the last time ${age} s ago`;
  // like `units`: once may be an accident
  const status = age !== undefined && restarts === 1 ? 'warn' : 'fail';
  if (!cause)
    return {
      ...{ subject: name, status, data },
      message: `it ended with ${stopped.result} ${stopped.status}: ${last}${again}`,
      hint: `hxllm logs --unit ${name} --limit HOST`,
    };
  const script = `systemctl reset-failed ${quote(stopped.unit)}; systemctl start ${quote(stopped.unit)}`;
  return {
    ...{ subject: name, status, data },
    message: `${cause.again ? cause.says : `${cause.says}: ${last}`}${again}`,
    hint: cause.hint.replaceAll('UNIT', name),
    ...(cause.again && !again ? { fix: { title: `start ${name}`, script } } : {}),
  };
}
