// A host to change: this machine with an /etc, /opt, /run, /var/lib and processes of its own, in namespaces that end with it.
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { probeScript, readFacts } from '../../src/engine/facts.js';
import { type Plan, planOf } from '../../src/engine/plan.js';
import { KINDS } from '../../src/resources/index.js';
import type { Change, Resource } from '../../src/resources/kind.js';

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

const PRIVATE = (folder: string) => `set -e
mkdir ${folder}/etc ${folder}/dpkg
cp -a /etc/. ${folder}/etc
mount -n --bind ${folder}/etc /etc
mount -n --bind /var/lib/dpkg ${folder}/dpkg
for d in /opt /run /var/lib; do mount -n -t tmpfs own $d; done
mkdir /var/lib/dpkg && mount -n --bind ${folder}/dpkg /var/lib/dpkg
echo ready
while :; do sleep 600; done
`;

export class Host {
  readonly #outer: ChildProcess;
  /** The first process there, as this machine numbers it. */
  readonly #init: string;
  readonly folder: string;

  private constructor(outer: ChildProcess, init: string, folder: string) {
    this.#outer = outer;
    this.#init = init;
    this.folder = folder;
  }

  static async start(): Promise<Host> {
    if (process.getuid?.() !== 0) throw new Error('these tests mount folders of their own: run them as root');
    const folder = mkdtempSync(join(tmpdir(), 'hxllm-host-'));
    const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    // bash, because the first process of a host must bury the dead
    const outer = spawn('unshare', [...namespaces, 'bash', '-c', PRIVATE(folder)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    outer.stderr.on('data', (text) => {
      said += text;
    });
    const first = await Promise.race([once(outer.stdout, 'data'), once(outer, 'exit')]);
    if (String(first[0]) !== 'ready\n') throw new Error(`no host: ${said}`);
    const init = readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8').trim();
    return new Host(outer, init, folder);
  }

  async stop(): Promise<void> {
    const ended = once(this.#outer, 'exit');
    this.#outer.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A shell there that reads its script from stdin, as a session's does. */
  open(shell: 'sh' | 'bash'): ChildProcessWithoutNullStreams {
    return spawn('nsenter', ['--mount', '--pid', '-t', this.#init, shell, '-s'], { cwd: '/' });
  }

  async run(script: string, shell: 'sh' | 'bash' = 'sh'): Promise<Outcome> {
    const running = this.open(shell);
    const ended = outcome(running);
    running.stdin.end(script);
    return ended;
  }

  /** stdout of a script that must end well. */
  async say(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(script);
    if (code !== 0) throw new Error(`${script}\nended with ${code}: ${stderr}`);
    return stdout;
  }

  /** Probes and plans, as `hxllm plan` does. */
  async plan(resources: readonly Resource[]): Promise<Plan> {
    const { stdout, stderr } = await this.run(probeScript(resources));
    if (stderr) throw new Error(`the probe complains: ${stderr}`);
    return planOf('web1', resources, readFacts('web1', stdout, resources));
  }

  /** Makes one change, as a step of the apply script does. */
  async apply(change: Change, id = 'r1'): Promise<Outcome> {
    const kind = KINDS.find((k) => k.name === change.resource.kind);
    const stage = kind?.stage?.(change);
    const staged = stage ? `( ${stage}\n)\n` : '';
    const progress = `progress() { printf '@@ progress %s\\n' "$*"; }`;
    return this.run(
      `${progress}\nexport LC_ALL=C ID=${id}; umask 022; set -eo pipefail\n${staged}${kind?.apply(change)}\n`,
      'bash',
    );
  }

  /**
   * Makes all changes of the plan, then what follows them (`after`, sh), then looks again: nothing may be left to do.
   * Returns the changes made.
   */
  async converge(resources: readonly Resource[], id?: string, after = ''): Promise<Change[]> {
    const { changes } = await this.plan(resources);
    for (const change of changes) {
      const { code, stdout, stderr } = await this.apply(change, id);
      if (code !== 0) throw new Error(`${change.title} ended with ${code}\n${stdout}${stderr}`);
    }
    await this.say(after);
    const left = (await this.plan(resources)).changes.map((c) => `${c.title}: ${c.reasons.join(', ')}`);
    if (left.length > 0) throw new Error(`not idempotent: ${left.join('; ')}`);
    return changes;
  }
}

/** Waits for the end of a process and gathers what it printed. */
export async function outcome(running: ChildProcessWithoutNullStreams): Promise<Outcome> {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  running.stdout.on('data', (piece) => out.push(piece));
  running.stderr.on('data', (piece) => err.push(piece));
  // a shell that ends early closes its stdin: the rest of the script has no reader
  running.stdin.on('error', () => {});
  const [code] = await once(running, 'close');
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
}
