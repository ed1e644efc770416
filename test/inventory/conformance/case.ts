// A case: files, what is read of them, and what the two readers say about it in the same words.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { isDeepStrictEqual } from 'node:util';
import { HxError, messageOf } from '../../../src/errors.js';
import { loadInventory, type Value } from '../../../src/inventory/index.js';
import { Masker, Secret } from '../../../src/secret.js';
import { pythonWith } from '../../support/python.js';
import { folder } from '../folder.js';

export interface Case {
  files: Record<string, string>;
  sources: string[];
  /** For --limit. */
  patterns: string[];
  /** A vault id and the file with its password. */
  passwords: [string, string][];
}

export type Attempt<T> = { value: T } | { error: string };
export interface Answer {
  refused?: string;
  groups?: Record<string, { hosts: string[]; children: string[]; members: string[] }>;
  hosts?: Record<string, Attempt<{ groups: string[]; variables: Record<string, Attempt<unknown>> }>>;
  patterns?: Record<string, Attempt<string[]>>;
}

/** The newest that Python 3.11 runs, and Debian 12's. */
const NEWEST = '2.19.14';
export const DEBIAN = '2.14.18';

/** One Python process that answers case after case. */
export class Oracle {
  readonly #python: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(version = NEWEST) {
    const python = pythonWith('ansible', 'ansible-core', version);
    this.#python = spawn(python, [join(import.meta.dirname, 'oracle.py')]);
    this.#lines = createInterface(this.#python.stdout)[Symbol.asyncIterator]();
  }

  async ask(root: string, { sources, patterns, passwords }: Case): Promise<Answer> {
    this.#python.stdin.write(`${JSON.stringify({ folder: root, sources, patterns, passwords })}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the oracle ended');
    return JSON.parse(value);
  }

  end(): void {
    this.#python.stdin.end();
  }
}

export async function ours(root: string, given: Case): Promise<Answer> {
  try {
    const inventory = await loadInventory({
      sources: given.sources,
      vaultIds: given.passwords.map(([label, file]) => `${label}@${file}`),
      masker: new Masker(),
      cwd: root,
      env: {},
    });
    const names = (hosts: { name: string }[]) => hosts.map(({ name }) => name);
    return {
      groups: Object.fromEntries(
        [...inventory.groups.values()].map(({ name, hosts, children }) => [
          name,
          { hosts: [...hosts], children: [...children], members: names(inventory.members(name)) },
        ]),
      ),
      hosts: Object.fromEntries(
        [...inventory.hosts.values()].map((host) => [
          host.name,
          attempt(() => ({
            groups: host.groups.filter((group) => group !== 'all').sort(),
            variables: Object.fromEntries(
              host.variables().map((name) => [name, attempt(() => plain(host.get(name)))]),
            ),
          })),
        ]),
      ),
      patterns: Object.fromEntries(
        given.patterns.map((pattern) => [pattern, attempt(() => names(inventory.select(pattern)))]),
      ),
    };
  } catch (error) {
    if (!(error instanceof HxError)) throw error;
    return { refused: messageOf(error) };
  }
}

function attempt<T>(ask: () => T): Attempt<T> {
  try {
    return { value: ask() };
  } catch (error) {
    if (!(error instanceof HxError)) throw error;
    return { error: messageOf(error) };
  }
}

function plain(value: Value | undefined): unknown {
  if (value instanceof Secret) return value.reveal();
  if (typeof value === 'number' && !Number.isFinite(value))
    return { float: String(value).replace('Infinity', 'inf').replace('NaN', 'nan') };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

/** What the two say differently, in sentences; nothing when they agree. */
function differences(theirs: Answer, mine: Answer): string[] {
  if (theirs.refused !== undefined || mine.refused !== undefined)
    return theirs.refused !== undefined && mine.refused !== undefined
      ? []
      : [`refused: Ansible ${theirs.refused ?? 'no'} | hxllm ${mine.refused ?? 'no'}`];
  const found: string[] = [];
  compare('the groups', Object.keys(theirs.groups!), Object.keys(mine.groups!), found);
  for (const [name, group] of Object.entries(theirs.groups!))
    compare(`group ${name}`, group, mine.groups![name], found);
  compare('the hosts', Object.keys(theirs.hosts!), Object.keys(mine.hosts!), found);
  for (const [name, host] of Object.entries(theirs.hosts!)) {
    const other = mine.hosts![name];
    if (!other || 'error' in host || 'error' in other) {
      if (!(other && 'error' in host && 'error' in other)) compare(`host ${name}`, host, other, found);
      continue;
    }
    compare(`groups of ${name}`, host.value.groups, other.value.groups, found);
    const [a, b] = [host.value.variables, other.value.variables];
    for (const variable of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const [x, y] = [a[variable], b[variable]];
      // an item that needs another of the same list or mapping, which Ansible looks at one by one
      const loop = y && 'error' in y && y.error.includes('refers to itself');
      // Ansible's to_yaml leaves a value in its vault
      const closed = x && /!vault/.test(JSON.stringify(x));
      // Ansible did not say
      const late = x && 'error' in x && x.error.startsWith('TooLong');
      // a file that cannot be read, or is no mapping, stops only who needs it
      const spared = x && 'error' in x && /failed to combine variables|YAML parsing failed/.test(x.error);
      if (!loop && !closed && !late && !spared && !(x && y && 'error' in x && 'error' in y))
        compare(`${name}: ${variable}`, x, y, found);
    }
  }
  for (const [pattern, hosts] of Object.entries(theirs.patterns!)) {
    const other = mine.patterns![pattern]!;
    const [x, y] = [selected(hosts), selected(other)];
    // hxllm refuses a pattern of which a part means nothing
    const [, vain] = ('error' in other && /^(\S+) (?:is neither|matches no host)/.exec(other.error)) || [];
    const alone = Object.keys(theirs.patterns!).filter(
      (one) => one === vain || one.startsWith(`${vain}[`) || one.split(':').includes(vain ?? ''),
    );
    const agreed = alone.some((one) => !selected(theirs.patterns![one]!));
    if (!agreed && !isDeepStrictEqual(x, y)) compare(`--limit ${pattern}`, hosts, other, found);
  }
  return found;
}

/** As a set; undefined for none and for an error: hxllm takes no hosts for an error. */
function selected(hosts: Attempt<string[]>): string[] | undefined {
  return 'value' in hosts && hosts.value.length > 0 ? hosts.value.toSorted() : undefined;
}

function compare(what: string, theirs: unknown, mine: unknown, found: string[]): void {
  if (!isDeepStrictEqual(theirs, mine))
    found.push(`${what}: Ansible ${JSON.stringify(theirs)} | hxllm ${JSON.stringify(mine)}`);
}

/** Both readers on one case. */
export async function disagreement(oracle: Oracle, given: Case): Promise<string[]> {
  const root = folder(given.files);
  try {
    const [theirs, mine] = await Promise.all([oracle.ask(root, given), ours(root, given)]);
    return differences(theirs, mine);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
