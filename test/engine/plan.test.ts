// The plan: what two roles want of one host, which handlers follow, in which order steps run.
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/engine/facts.js';
import { isEmpty, planOf } from '../../src/engine/plan.js';
import { type Steps, stepsOf } from '../../src/engine/steps.js';
import type { Handler, Resource } from '../../src/resources/kind.js';

const DAEMON_RELOAD: Handler = { id: 'daemon-reload', order: 0, script: 'systemctl daemon-reload' };
const RELOAD: Handler = { id: 'reload b.service', order: 10, unit: 'b.service', script: 'reload b' };
const RESTART: Handler = { id: 'restart a.service', order: 20, unit: 'a.service', script: 'restart a' };

const packages = (...names: string[]): Resource => ({ kind: 'packages', id: 'packages', spec: { names } });
const user = (id: string, notify: Handler[] = []): Resource => ({
  kind: 'user',
  id,
  spec: { home: '/' },
  notify,
});
const file = (id: string, notify: Handler[] = [], more = {}): Resource => ({
  kind: 'file',
  id,
  spec: { content: 'x\n', mode: '0644', owner: 'root', group: 'root', ...more },
  notify,
});
const service = (id: string): Resource => ({
  kind: 'service',
  id,
  spec: { ready: 'true', within: 9, port: 1 },
});
const model = (id: string): Resource => ({ kind: 'model', id, spec: { at: '127.0.0.1:11434' } });
const venv = (id: string): Resource => ({
  kind: 'venv',
  id,
  spec: { lock: { path: 'l', sha256: 's' }, uvVersion: '1', pythons: ['3.11'], later: [] },
});

const RUNNING = {
  load: 'loaded',
  active: 'active',
  sub: 'running',
  enabled: 'enabled',
  restarts: 0,
  since: 1,
};
const STOPPED = { ...RUNNING, active: 'inactive', since: 0 };
const NOT_AT_BOOT = { ...RUNNING, enabled: 'disabled' };

const factsOf = (services: Record<string, object> = {}, more: Partial<Facts['host']> = {}): Facts => ({
  host: {
    free: { '/opt': 2e9 },
    pending: [],
    armed: [],
    ...more,
  },
  seen: new Map([
    [
      'service',
      new Map(Object.entries(services).map(([id, s]) => [id, { listening: true, age: 100, ...s }])),
    ],
  ]),
  extra: new Map(),
});

describe('handlers', () => {
  const handlers = (resources: Resource[], facts: Facts) =>
    planOf('web1', resources, facts).handlers.map((h) => h.id);

  it('run once, in their order, whoever asks', () => {
    const wanted = [user('a', [RESTART, DAEMON_RELOAD]), user('b', [RELOAD, RESTART])];
    expect(handlers(wanted, factsOf())).toEqual(['daemon-reload', 'reload b.service', 'restart a.service']);
  });

  it('do not run when nothing changed', () => {
    const facts = factsOf({ 'a.service': RUNNING });
    facts.seen.set('user', new Map([['a', true]]));
    const plan = planOf('web1', [user('a', [RESTART]), service('a.service')], facts);
    expect(isEmpty(plan)).toBe(true);
  });

  it.each([
    ['is stopped', STOPPED, []],
    ['does not listen', { ...RUNNING, listening: false }, []],
    ['runs, and is only not started at boot', NOT_AT_BOOT, ['restart a.service']],
    ['runs', RUNNING, ['restart a.service']],
  ])('do not restart what is started anyway: a unit that %s', (_, state, expected) => {
    expect(handlers([user('u', [RESTART]), service('a.service')], factsOf({ 'a.service': state }))).toEqual(
      expected,
    );
  });

  it('that an interrupted run left are made up for', () => {
    const facts = factsOf({}, { pending: ['restart a.service', 'restart of-a-unit-that-is-gone.service'] });
    facts.seen.set('user', new Map([['a', true]]));
    const plan = planOf('web1', [user('a', [DAEMON_RELOAD, RESTART])], facts);
    expect([plan.changes, plan.handlers.map((h) => h.id)]).toEqual([[], ['restart a.service']]);
    expect(isEmpty(plan)).toBe(false);
  });
});

describe('a host without room', () => {
  it('is told before anything is touched', () => {
    const plan = planOf('web1', [venv('/opt/v')], factsOf({}, { free: { '/opt': 500e6 } }));
    expect(plan.refused).toEqual([
      { message: '/opt has 500 MB free, 1100 MB are needed', hint: 'make room on web1: df -h /opt' },
    ]);
  });

  it('is not guessed when it is not known', () => {
    expect(planOf('web1', [venv('/opt/v')], factsOf({}, { free: {} })).refused).toEqual([]);
  });
});

describe('steps', () => {
  const titles = ({ stage, change, after }: Steps) =>
    [stage, change, after].map((steps) => steps.map((s) => s.title));
  const planned = (...wanted: Resource[]) => stepsOf(planOf('web1', wanted, factsOf()));

  it('are: what only adds; then files, daemon-reload, services, reloads and restarts, and the proof; then models', () => {
    const wanted = [
      model('m'),
      service('s.service'),
      file('/etc/f', [RESTART, RELOAD, DAEMON_RELOAD]),
      user('u'),
      packages('curl'),
    ];
    expect(titles(planned(...wanted))).toEqual([
      ['user u', 'packages'],
      [
        'note what must follow',
        'file /etc/f',
        'daemon-reload',
        'service s.service',
        'reload b.service',
        'restart a.service',
        'the proof',
      ],
      ['model m'],
    ]);
  });

  it('that only add are not proven, and nothing is noted', () => {
    expect(titles(planned(packages('curl'), model('m')))).toEqual([['packages'], [], ['model m']]);
  });

  it('install packages beside what needs none of them, and make bytecode beside all that follows', () => {
    const bytecode = { kind: 'bytecode', id: 'v', spec: {} };
    const beside = (...names: string[]) =>
      planned(user('u'), packages(...names), venv('v'), bytecode, file('/etc/f', [])).stage.map((step) => [
        step.title,
        step.beside,
      ]);
    const rest = ['bytecode v', Number.POSITIVE_INFINITY];
    expect(beside('haproxy')).toEqual([['user u', undefined], ['packages', 2], ['venv v', undefined], rest]);
    expect(beside('haproxy', 'python3')).toEqual([
      ['user u', undefined],
      ['packages', undefined],
      ['venv v', undefined],
      rest,
    ]);
  });

  it('end with the proof by the controller', () => {
    expect(planned(file('/etc/f')).change.at(-1)?.script).toBe('prove host');
  });

  it('save what they change, each once, and nothing that only goes forward', () => {
    const forward: Resource = { kind: 'keys', id: 'clients', spec: { json: '', map: '' } };
    const link: Resource = { kind: 'link', id: '/etc/l', spec: { to: 'x' } };
    expect(planned(file('/etc/f'), link, forward, packages('curl')).saves).toEqual(['/etc/f', '/etc/l']);
  });

  it('save the link that starts a unit at boot, for nothing can be disabled there', () => {
    const { saves } = stepsOf(planOf('web1', [service('s.service')], factsOf({})));
    expect(saves).toEqual(['/etc/systemd/system/multi-user.target.wants/s.service']);
  });

  it('of something early are made before the undo is armed, and are not undone', () => {
    const steps = planned({ ...file('/etc/early', [DAEMON_RELOAD]), early: true });
    expect(titles(steps)).toEqual([
      ['file /etc/early'],
      ['note what must follow', 'daemon-reload', 'the proof'],
      [],
    ]);
    expect(steps.saves).toEqual([]);
  });

  it('carry the undo and the time of a handler, and take it off the note as soon as it has run', () => {
    const slow = { ...RESTART, undo: 'restart a again', budget: 2000 };
    const { change } = planned(file('/etc/f', [slow]));
    expect(change[0]?.script.split('\n')).toEqual([
      'mkdir -p /var/lib/hxllm/pending',
      'rm -f /var/lib/hxllm/pending/*',
      "echo 'restart a.service' > /var/lib/hxllm/pending/restart-a.service",
    ]);
    expect(change.at(-2)).toEqual({
      title: 'restart a.service',
      script: 'restart a\nrm -f /var/lib/hxllm/pending/restart-a.service',
      budget: 2000,
      undo: 'restart a again',
    });
  });

  it.each([
    [
      'was not there',
      {},
      'systemctl disable -q s.service 2>/dev/null || true\nsystemctl stop s.service || true',
    ],
    ['was stopped', { 's.service': STOPPED }, 'systemctl reload-or-try-restart s.service || true'],
    [
      'was not started at boot',
      { 's.service': NOT_AT_BOOT },
      'systemctl disable -q s.service || true\nsystemctl reload-or-try-restart s.service || true',
    ],
  ])('undo a service that %s', (_, facts, undo) => {
    const { change } = stepsOf(planOf('web1', [service('s.service')], factsOf(facts)));
    expect(change.find((s) => s.title === 'service s.service')?.undo).toBe(undo);
  });
});
