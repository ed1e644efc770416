// The hosts that are backed up, each with its settings; and what is asked of them, told as a story.
import { hostname, userInfo } from 'node:os';
import { type BackupSettings, type RestoreCall, restoreScript, resultOf, toldOf } from '../../backup.js';
import { HxError } from '../../errors.js';
import type { Run } from '../../run.js';
import { backupOf } from '../../stack/backup-variables.js';
import { type Step, story, throwFault } from '../../ui/listr.js';
import type { Fleet, FleetHost } from '../fleet.js';

export interface BackedUp {
  entry: FleetHost;
  settings: BackupSettings;
}

/** Throws `variable` when no host of the run has a repository. */
export function backedUp({ hosts }: Fleet): BackedUp[] {
  const found = hosts.flatMap((entry) => {
    const settings = entry.members.map((member) => backupOf(member)).find(Boolean);
    return settings ? [{ entry, settings }] : [];
  });
  if (found.length > 0) return found;
  throw new HxError({
    code: 'variable',
    message: `${hosts.map((h) => h.name).join(', ')}: no backups are asked for`,
    hint: 'set hxllm_backup_repository and hxllm_backup_password, then: hxllm deploy',
  });
}

type Work<T> = (host: BackedUp, say: (text: string) => void) => Promise<T>;

/** Side by side; hosts of one repository one after the other, which its locks would make of it anyway. */
export async function askEach<T>(
  title: string,
  hosts: readonly BackedUp[],
  run: Run,
  work: Work<T>,
): Promise<{ answers: Map<string, T>; errors: Map<string, HxError> }> {
  const answers = new Map<string, T>();
  const errors = new Map<string, HxError>();
  const turns = new Map<string, Promise<unknown>>();
  const asking = async (host: BackedUp, say: (text: string) => void) => {
    try {
      answers.set(host.entry.name, await work(host, say));
    } catch (error) {
      run.signal.throwIfAborted();
      if (!(error instanceof HxError)) throw error;
      errors.set(host.entry.name, error);
      throw error;
    }
  };
  const step = (host: BackedUp): Step<object> => ({
    title: host.entry.name,
    run: (_, { say }) => {
      const { repository } = host.settings;
      const before = turns.get(repository) ?? Promise.resolve();
      const turn = before.then(() => asking(host, say));
      turns.set(
        repository,
        turn.catch(() => {}),
      );
      return turn;
    },
  });
  throwFault(await story([{ title, each: () => hosts.map(step) }], {}, run));
  return { answers, errors };
}

/** A day: what a large backup may take. */
const LONGEST_MS = 86_400_000;

/** Runs a script of ours on a host, its progress told. Throws why there is no connection, or that it was lost. */
export async function runOn(
  { name, session, error }: FleetHost,
  script: string,
  run: Run,
  say: (text: string) => void,
): Promise<string> {
  if (!session)
    throw error ?? new HxError({ code: 'unreachable', where: name, message: 'there is no connection' });
  const onLine = (line: string) => {
    const told = toldOf(line);
    if (told?.kind === 'progress') say(String(told.value));
  };
  const { code, stdout, stderr } = await session.run(script, {
    timeoutMs: LONGEST_MS,
    signal: run.signal,
    shell: 'bash',
    onLine,
  });
  if (code === null)
    throw new HxError({
      code: 'connection-lost',
      where: name,
      message: 'the connection was lost; what was begun there goes on',
      hint: 'hxllm backup list',
    });
  return stdout + stderr;
}

/** Those that write on the host: one at a time, and none while a deploy does. */
const CHANGING: readonly RestoreCall[] = ['fetch', 'before', 'put', 'drop'];

/** One call of the program that reads repositories. */
export async function call<T>(
  { entry, settings }: BackedUp,
  name: RestoreCall,
  more: object,
  run: Run,
  say: (text: string) => void,
): Promise<T> {
  const seconds = Math.ceil(run.lockWaitMs / 1000);
  const by = `${userInfo().username}@${hostname()}`;
  const lock = CHANGING.includes(name) ? { seconds, by, reason: 'restore' } : undefined;
  const output = await runOn(entry, restoreScript(name, { ...settings, ...more }, lock), run, say);
  return resultOf<T>(entry.name, output);
}

export function errorJson({ code, message, suggestions }: HxError): object {
  return { code, message, suggestions };
}

export function errorText({ message, suggestions }: HxError): string {
  return [message, ...suggestions.map((s) => `  ${s}`)].join('\n');
}
