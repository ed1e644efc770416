// A small thing to change on a host: files, a link and a service that says what it was started from; and how all that is seen.
import { expect } from 'vitest';
import { applySteps, type Watch } from '../../../src/engine/apply.js';
import type { Run } from '../../../src/engine/script.js';
import type { Step, Steps } from '../../../src/engine/steps.js';
import { connect, type Session, targetOf } from '../../../src/ssh/index.js';
import type { Lab } from '../../support/lab.js';

export const HOST = 'hx-llm01-server';
const AT = '/etc/hxllm-test';
const UNIT = '/etc/systemd/system/hxllm-test.service';
const unit = (word: string) => `[Service]
Environment=WORD=${word}
ExecStartPre=/bin/sh -c 'echo "$WORD $(cat ${AT}/conf ${AT}/current/word)" > /run/hxllm-test.word'
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
`;

/** The host before every test. */
const SET_UP = `set -e
for a in /var/lib/hxllm/transactions/*/armed; do [ ! -e "$a" ] || { echo "$a is left"; exit 1; }; done
systemctl stop hxllm-test 2>/dev/null || true
rm -rf ${AT} /var/lib/hxllm/records /var/lib/hxllm/pending /var/lib/hxllm/transactions
mkdir -p ${AT}/releases/1 ${AT}/releases/2 ${AT}/folder/deep
echo one > ${AT}/releases/1/word; echo two > ${AT}/releases/2/word; ln -s releases/1 ${AT}/current
echo old > ${AT}/conf; chown root:adm ${AT}/conf; chmod 0640 ${AT}/conf
echo old > ${AT}/folder/deep/file
printf %s '${unit('old').replaceAll("'", `'\\''`)}' > ${UNIT}
systemctl daemon-reload; systemctl enable -q hxllm-test; systemctl start hxllm-test`;

const LOOK = `cd ${AT}; stat -c '%n %a %U:%G' conf; cat conf; cat added 2>/dev/null || echo 'nothing added'
readlink current; cat folder/deep/file; grep WORD= ${UNIT}; cat /run/hxllm-test.word
systemctl is-active hxllm-test; systemctl show -p NeedDaemonReload --value hxllm-test`;

/** What is left of a transaction. */
const TRACES = `ls /var/lib/hxllm/transactions/*/armed /var/lib/hxllm/pending/* 2>/dev/null
systemctl list-units --all --plain --no-legend 'hxllm-rollback-*' 'hxllm-undo-*'
flock -n /run/hxllm.lock true || echo locked
find ${AT} /etc/systemd/system -name '*.hxllm-*'; true`;

/** conf, mode and owner; the added file; the link; a file deep below; the unit; what the service was started from. */
const OLD = `conf 640 root:adm
old
nothing added
releases/1
old
Environment=WORD=old
old old
one
active
no
`;
const NEW = `conf 600 root:root
new
new
releases/2
new
Environment=WORD=new
new new
two
active
no
`;

export const step = (title: string, script: string, undo?: string): Step => ({
  title,
  script,
  budget: 60,
  ...(undo ? { undo } : {}),
});

const put = (path: string, text: string) =>
  `(umask 077; printf '%s\\n' '${text}' > ${path}.hxllm-new); mv -fT ${path}.hxllm-new ${path}`;

const RESTART = 'systemctl restart hxllm-test';

/** The change: from OLD to NEW. */
export const CHANGE: readonly Step[] = [
  step('write a file', put(`${AT}/conf`, 'new')),
  step('add a file', put(`${AT}/added`, 'new')),
  step(
    'switch a link',
    `ln -sfn releases/2 ${AT}/current.hxllm-new; mv -fT ${AT}/current.hxllm-new ${AT}/current`,
  ),
  step(
    'replace a folder',
    `rm -rf ${AT}/folder; mkdir -p ${AT}/folder/deep; echo new > ${AT}/folder/deep/file`,
  ),
  step(
    'write a unit',
    `sed 's/WORD=old/WORD=new/' ${UNIT} > ${UNIT}.hxllm-new; mv -fT ${UNIT}.hxllm-new ${UNIT}`,
  ),
  step('daemon-reload', 'systemctl daemon-reload'),
  step('restart', RESTART, RESTART),
  step('the proof', 'prove host'),
];

/** A step that fails. */
export const bad = (title: string) => step(title, 'echo why; false');
/** A step that tells its processes, and then goes on for longer than any test. */
export const long = (title: string) => step(title, 'progress "$$ $BASHPID"; sleep 60 & wait $!');
/** What every end but one is: a code, an exit code. */
export const UNDONE = { code: 'undone', exitCode: 6 };
export const by = (undone: string) => ({ result: 'undone', undone });

export const stepsOf = (change: readonly Step[], more: Partial<Steps> = {}): Steps => ({
  stage: [step('stage', 'true')],
  change: [...change],
  after: [],
  saves: [...['conf', 'added', 'current', 'folder'].map((name) => `${AT}/${name}`), UNIT],
  ...more,
});

/** The change with a step more, before the step of that number. */
export const withStep = (at: number, own = bad('the bad step')) => stepsOf(CHANGE.toSpliced(at, 0, own));

/** One host of a lab, with what a test does to it. */
export class Changed {
  session!: Session;
  #count = 0;
  id = '';

  constructor(readonly lab: Lab) {}

  /** As hxllm connects: agent0, through sudo. */
  async start(): Promise<void> {
    const [address, name] = [this.lab.address(HOST), this.lab.fqdn(HOST)];
    const values: Record<string, string> = {
      ansible_host: address,
      ansible_user: 'agent0',
      ansible_ssh_private_key_file: this.lab.key,
      ansible_ssh_common_args: `-o UserKnownHostsFile=${this.lab.knownHosts} -o StrictHostKeyChecking=yes`,
    };
    this.session = await connect(targetOf(name, (variable) => values[variable]));
  }

  async setUp(): Promise<void> {
    const { code, stdout, stderr } = await this.lab.ssh(HOST, SET_UP);
    if (code !== 0) throw new Error(`the host is not as it must be: ${stdout}${stderr}`);
    await this.start();
  }

  run(more: Partial<Run> = {}): Run {
    this.id = `20260101-${++this.#count}`;
    return { id: this.id, by: 'ann@control', reason: 'deploy', lockWait: 0, ...more };
  }

  /** Applies, and returns what it threw. `say` is told every sentence. */
  async apply(steps: Steps, watch: Partial<Watch> = {}, run: Partial<Run> = {}) {
    const all = { say: () => {}, prove: () => Promise.resolve(), ...watch };
    return applySteps(this.session, steps, this.run(run), all).then(
      () => undefined,
      (error) => error,
    );
  }

  /** Applies steps of which one is `long`, and returns its processes as soon as it runs. */
  async reach(steps: Steps) {
    let told: (pids: string[]) => void;
    const pids = new Promise<string[]>((resolve) => {
      told = resolve;
    });
    const say = (text: string) => {
      const found = /: (\d+) (\d+)$/.exec(text);
      if (found) told(found.slice(1));
    };
    const done = this.apply(steps, { say });
    const [script = '', child = ''] = await pids;
    return { done, script, child };
  }

  /** Waits until the host is in that state. */
  async within(seconds: number, state: string): Promise<void> {
    await expect.poll(() => this.state(), { timeout: seconds * 1000, interval: 200 }).toBe(state);
  }

  async #say(script: string): Promise<string> {
    return (await this.lab.ssh(HOST, script)).stdout;
  }

  /** `old`, `new`, or what it is instead; with what a transaction left behind. */
  async state(): Promise<string> {
    const seen = await this.#say(LOOK);
    const known = { [OLD]: 'old', [NEW]: 'new' }[seen] ?? seen;
    return known + (await this.#say(TRACES));
  }

  /** The result that the record of the last run tells. */
  async record(): Promise<object> {
    const text = await this.#say(`cat /var/lib/hxllm/records/${this.id}`);
    const { result, undone } = JSON.parse(text || '{}') as { result?: string; undone?: string };
    return { result, ...(undone ? { undone } : {}) };
  }
}
