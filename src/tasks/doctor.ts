// The story of `doctor`: examine hosts and stack for causes, mend what is safe to mend, and look again.
import { type Selection, selectChecks } from '../checks/select.js';
import { type Exit, HxError, messageOf } from '../errors.js';
import type { Finding } from '../finding.js';
import type { Run } from '../run.js';
import { findingsText, summaryText } from '../ui/findings.js';
import { type Step, story } from '../ui/listr.js';
import { connectAll, type Fleet } from './fleet.js';
import { awayOf, verifiedOf, verifyFleet, withoutEchoes } from './verify.js';

export interface DoctorOptions extends Pick<Selection, 'only' | 'skip'> {
  /** Mends what can be mended without harm. */
  fix: boolean;
}

/** Of a host that hxllm did not deploy only these mean something. */
const OF_ANY_HOST = new Set(['reach', 'deployed', 'start', 'names', 'shell', 'clock', 'disk', 'memory']);

/** Something that `--fix` did. */
interface Mended {
  host: string;
  check: string;
  done: string;
}
/** Something that it could not do. */
interface Failed {
  host: string;
  check: string;
  failed: string;
  message: string;
}
type Fixable = Finding & Required<Pick<Finding, 'fix'>>;

const isBad = ({ status }: Finding) => status !== 'pass' && status !== 'skip';

const isFixable = (finding: Finding): finding is Fixable => isBad(finding) && finding.fix !== undefined;

/** Exit 1 when a finding is an error, 4 when only hosts were not reached. */
export async function doctor(
  fleet: Fleet,
  run: Run,
  { fix, ...selection }: DoctorOptions,
): Promise<{ text: string; json: object; exit: Exit }> {
  selectChecks({ ...selection, doctor: true });
  let found: Finding[] = [];
  const mended: Mended[] = [];
  const failed: Failed[] = [];
  const examine = async (say: (text: string) => void) => {
    const findings = await verifyFleet(fleet, run, { ...selection, doctor: true }, say);
    found = ofTheirOwn(withoutEchoes(findings, fleet.stack, awayOf(fleet)));
  };
  const fixing = () => found.filter(isFixable);
  await story(
    [
      { title: 'Connect to the hosts', run: () => connectAll(fleet, run) },
      { title: 'Examine hosts and stack', run: (_, { say }) => examine(say) },
      ...(fix
        ? [
            {
              title: 'Mend what is safe to mend',
              skip: () => fixing().length === 0 && 'nothing of that kind was found',
              each: () => fixing().map((finding) => mend(fleet, run, finding, mended, failed)),
            },
            {
              title: 'Look again',
              skip: () => mended.length === 0 && 'nothing was changed',
              run: (_: object, { say }: { say: (text: string) => void }) => examine(say),
            },
          ]
        : []),
    ],
    {},
    run,
  );
  return report(found, mended, failed, fix);
}

function mend(
  fleet: Fleet,
  run: Run,
  { host, check, fix }: Fixable,
  mended: Mended[],
  failed: Failed[],
): Step<object> {
  const act = async () => {
    const session = fleet.hosts.find(({ name }) => name === host)?.session;
    if (!session) throw new HxError({ code: 'unreachable', where: host, message: 'no connection' });
    const { code, stderr } = await session.run(fix.script, { signal: run.signal });
    if (code !== 0) throw new Error(stderr.trim() || `it ended with ${code}`);
    mended.push({ host, check, done: fix.title });
  };
  return {
    title: `${host}: ${fix.title}`,
    run: () =>
      act().catch((error) => {
        failed.push({ host, check, failed: fix.title, message: messageOf(error) });
        throw error;
      }),
  };
}

/** What hxllm's own checks miss on a host that it did not deploy is one fact, not thirty. */
function ofTheirOwn(findings: readonly Finding[]): Finding[] {
  const foreign = new Set(
    findings.filter((f) => f.check === 'deployed' && f.status === 'fail').map((f) => f.host),
  );
  return findings.filter(({ host, check }) => !foreign.has(host) || OF_ANY_HOST.has(check));
}

function report(
  found: Finding[],
  mended: Mended[],
  failed: Failed[],
  fix: boolean,
): { text: string; json: object; exit: Exit } {
  const { findings, summary, exit } = verifiedOf(found);
  const bad = findings.filter(isBad);
  const safe = bad.filter(isFixable).map(({ host, fix }) => `${host}: ${fix.title}`);
  const told = [
    ...mended.map(({ host, done }) => `${host}: done: ${done}`),
    ...failed.map(({ host, failed, message }) => `${host}: not done: ${failed}: ${message}`),
    bad.length > 0 ? findingsText(bad, summary) : summaryText(summary),
    ...(safe.length > 0 && !fix ? [`hxllm doctor --fix does what is safe:\n  ${safe.join('\n  ')}`] : []),
  ];
  return { text: told.join('\n\n'), json: { findings, summary, mended, failed }, exit };
}
