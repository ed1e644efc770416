// The plan: what two roles want of one host, which handlers follow, in which order steps run.
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/engine/facts.js';
import { isEmpty, merge, planOf } from '../../src/engine/plan.js';
import { stepsOf } from '../../src/engine/script.js';
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
const service = (id: string): Resource => ({
  kind: 'service',
  id,
  spec: { ready: 'true', within: 9, port: 1 },
});
const model = (id: string): Resource => ({ kind: 'model', id, spec: { at: '127.0.0.1:11434' } });
const venv = (id: string): Resource => ({
  kind: 'venv',
  id,
  spec: { lock: { path: 'l', sha256: 's' }, uvVersion: '1', pythons: ['3.11'] },
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
  host: { os: 'debian', version: '12', arch: 'x86_64', free: { '/opt': 2e9 }, pending: [], ...more },
  seen: new Map([
    [
      'service',
      new Map(Object.entries(services).map(([id, s]) => [id, { listening: true, age: 100, ...s }])),
    ],
  ]),
  extra: new Map(),
});

describe('two roles on one host', () => {
  it('get one list of packages and one of each thing that both want', () => {
    const merged = merge([
      packages('curl', 'zstd'),
      user('a'),
      packages('haproxy', 'curl'),
      user('a'),
      user('b'),
    ]);
    expect(merged.map((r) => [r.id, r.spec])).toEqual([
      ['packages', { names: ['curl', 'haproxy', 'zstd'] }],
      ['a', { home: '/' }],
      ['b', { home: '/' }],
    ]);
  });

  it('are both told of a change of what they share', () => {
    const [both] = merge([user('a', [RELOAD]), user('a', [RESTART])]);
    expect(both?.notify?.map((h) => h.id)).toEqual(['reload b.service', 'restart a.service']);
  });
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
  it('are: what must follow is noted, files, daemon-reload, services, reloads and restarts, models', () => {
    const wanted = [
      model('m'),
      service('s.service'),
      user('u', [RESTART, RELOAD, DAEMON_RELOAD]),
      packages('curl'),
    ];
    expect(stepsOf(planOf('web1', wanted, factsOf())).map((s) => s.title)).toEqual([
      'note what must follow',
      'packages',
      'user u',
      'daemon-reload',
      'service s.service',
      'reload b.service',
      'restart a.service',
      'model m',
    ]);
  });

  it('note nothing when no handler follows', () => {
    expect(stepsOf(planOf('web1', [packages('curl')], factsOf())).map((s) => s.title)).toEqual(['packages']);
  });

  it('take a handler off the note as soon as it has run', () => {
    const steps = stepsOf(planOf('web1', [user('u', [RESTART])], factsOf()));
    expect(steps[0]?.script.split('\n')).toEqual([
      'mkdir -p /var/lib/hxllm/pending',
      "echo 'restart a.service' > /var/lib/hxllm/pending/restart-a.service",
    ]);
    expect(steps.at(-1)?.script).toBe('restart a\nrm -f /var/lib/hxllm/pending/restart-a.service');
  });
});
