// The story of `restore`: fetch and judge every backup, ask, deploy, put in what only the hosts had, prove it.
import { hostname, userInfo } from 'node:os';
import { bytes } from '../bytes.js';
import { EXIT, type Exit, HxError, together, worstExit } from '../errors.js';
import type { Finding } from '../finding.js';
import type { Run } from '../run.js';
import { findingsText, summaryText } from '../ui/findings.js';
import { story } from '../ui/listr.js';
import { table } from '../ui/table.js';
import { askEach, type BackedUp, backedUp, call } from './backup/hosts.js';
import { prepare } from './backup/prepare.js';
import { AGREED, deploy } from './deploy.js';
import { closeAll, connectAll, type Fleet, readAgain } from './fleet.js';
import { runId } from './roll-out.js';
import { verifiedOf, verifyFleet } from './verify.js';

export interface RestoreOptions {
  /** Its id, or `latest`. */
  snapshot: string;
  /** People's data that is there may be replaced. */
  overwrite: boolean;
  print(text: string): void;
  confirm(question: string): Promise<boolean>;
}

interface People {
  /** Its database does not say. */
  unreadable?: true;
  users?: number;
  chats?: number;
  /** And what else people have made. */
  files?: number;
}

/** What was fetched and found to be good. */
export interface Fetched {
  snapshot: string;
  made: string;
  bytes: number;
  releases: number;
  models: boolean;
  webui: (People & { version: string }) | null;
  /** What the host's own Open WebUI has. */
  there: (People & { /** Somebody would miss it. */ used: boolean }) | null;
}

/**
 * Deployed first: users, folders and services are there then, and the backup's data is put into them. A second look
 * mends what has changed since the backup was made: the key and the address in Open WebUI's database.
 */
export async function restore(
  fleet: Fleet,
  run: Run,
  options: RestoreOptions,
): Promise<{ json: object; exit: Exit }> {
  const hosts = backedUp(fleet);
  const chosen = { ...fleet, hosts: hosts.map((h) => h.entry) };
  await connectAll(chosen, run);
  const mark = runId();
  const fetched = await fetchAll(hosts, run, options.snapshot, mark);
  const rest = (exit: Exit, more: object = {}) => ({ json: { hosts: json(fetched), ...more }, exit });
  try {
    options.print(fetchedText(fetched));
    refuseLoss(fetched, options.overwrite);
    const question = `Restore ${[...fetched.keys()].join(', ')}?`;
    if (!(await options.confirm(question))) return rest(EXIT.pending);
    await must('Bring what a deploy would fetch', hosts, run, (host, say) =>
      call(host, 'before', { mark }, run, say),
    );
    const first = await deployAgain(chosen, run, options);
    if (first.exit !== EXIT.done) {
      options.print(
        'the data was not put in, because the deploy did not go well; mend that, and restore again',
      );
      return rest(first.exit, { deploy: first.json });
    }
    const [id, by] = [runId(), `${userInfo().username}@${hostname()}`];
    const put = await must('Put the data in', hosts, run, (host, say) => {
      const { snapshot, there, webui } = fetched.get(host.entry.name) as Fetched;
      const changes = webui ? ["Open WebUI's data"] : ['history'];
      const record = { by, reason: `restore of ${snapshot}`, changes, result: 'done' };
      return call<{ kept?: string }>(
        host,
        'put',
        { mark, overwrite: options.overwrite, keep_old: there?.used === true, id, record },
        run,
        say,
      );
    });
    for (const [host, { kept }] of put)
      if (kept) options.print(`${host}: what was there is kept as ${kept}; remove it when it is not needed`);
    const proven = await proveAll(chosen, run, options);
    return rest(proven.exit, { deploy: first.json, ...proven.json });
  } finally {
    await dropAll(hosts, run, mark);
  }
}

/** Every backup is good before any host is touched. What is fetched carries the run's mark. Throws what is wrong with one of them. */
async function fetchAll(
  hosts: readonly BackedUp[],
  run: Run,
  snapshot: string,
  mark: string,
): Promise<Map<string, Fetched>> {
  // where another run works nothing was unpacked: that is not waited for
  const unpacked = new Set(hosts);
  try {
    return await must('Fetch the backups and judge them', hosts, run, async (host, say) => {
      await prepare(host.entry, run, say);
      try {
        return await call<Fetched>(host, 'fetch', { snapshot, mark }, run, say);
      } catch (error) {
        if (error instanceof HxError && error.code === 'locked') unpacked.delete(host);
        throw error;
      }
    });
  } catch (error) {
    await dropAll([...unpacked], run, mark);
    if (!(error instanceof HxError)) throw error;
    throw together([error], { message: 'nothing was restored' });
  }
}

/** All of them, or what was wrong with some. */
async function must<T>(...args: Parameters<typeof askEach<T>>): Promise<Map<string, T>> {
  const { answers, errors } = await askEach<T>(...args);
  const error = together([...errors.values()]);
  if (error) throw error;
  return answers;
}

/** What was unpacked holds keys: nothing of it stays, whatever became of the run. */
async function dropAll(hosts: readonly BackedUp[], run: Run, mark: string): Promise<void> {
  const own = { ...run, signal: AbortSignal.timeout(30_000), lockWaitMs: 20_000 };
  const quiet = () => {};
  await Promise.all(
    hosts.map((host) => host.entry.session && call(host, 'drop', { mark }, own, quiet).catch(quiet)),
  );
}

function refuseLoss(fetched: Map<string, Fetched>, overwrite: boolean): void {
  const losing = [...fetched].filter(([, { webui, there }]) => webui && there?.used);
  if (overwrite || losing.length === 0) return;
  const lines = losing.map(
    ([host, { there }]) => `${host}: its Open WebUI has ${peopleText(there)}, which would be replaced`,
  );
  throw new HxError({
    code: 'usage',
    message: [...lines, 'nothing was restored'].join('\n'),
    hint: 'replace them with --overwrite, or leave the host out: --limit',
  });
}

const peopleText = (people: People | null) =>
  people?.unreadable
    ? 'a database that cannot be read'
    : `${people?.users ?? 0} users and ${people?.chats ?? 0} chats${people?.files ? ` and ${people.files} files or notes` : ''}`;

function fetchedText(fetched: Map<string, Fetched>): string {
  const rows = [...fetched].map(([host, { snapshot, made, bytes: size, webui, releases, models }]) => {
    const parts = [
      ...(webui ? [peopleText(webui)] : []),
      ...(releases > 0 ? [`${releases} releases`] : []),
      ...(models ? ['models'] : []),
    ];
    return [host, snapshot, made.replace(/\.\d+/, ''), bytes(size), parts.join(', ') || 'configuration'];
  });
  return table(['host', 'snapshot', 'made', 'size', 'holds'], rows, { right: [3] });
}

function json(fetched: Map<string, Fetched>): object[] {
  return [...fetched].map(([host, { there: _, ...one }]) => ({ host, ...one }));
}

/** As `deploy`; the person has said yes. Its connections are new ones. */
async function deployAgain(fleet: Fleet, run: Run, { print }: RestoreOptions) {
  closeAll(fleet);
  return deploy(fleet, run, { ...AGREED, print });
}

/** What the restored data has otherwise than the inventory is changed; then every check. */
async function proveAll(fleet: Fleet, run: Run, options: RestoreOptions) {
  const again = readAgain(fleet, run);
  const hosts = again.hosts.filter((h) => fleet.hosts.some((one) => one.name === h.name));
  const now = { ...again, hosts };
  try {
    const second = await deployAgain(now, run, options);
    const findings: Finding[] = [];
    await story(
      [
        {
          title: 'Prove it',
          run: async (_, { say }) => findings.push(...(await verifyFleet(now, run, {}, say))),
        },
      ],
      {},
      run,
    );
    const { summary, exit } = verifiedOf(findings);
    const bad = findings.filter((f) => f.status !== 'pass' && f.status !== 'skip');
    options.print(bad.length > 0 ? findingsText(bad, summary) : summaryText(summary));
    return { json: { findings, summary }, exit: worstExit([second.exit, exit]) };
  } finally {
    for (const entry of fleet.hosts) {
      const session = now.hosts.find((h) => h.name === entry.name)?.session;
      if (session) entry.session = session;
    }
  }
}
