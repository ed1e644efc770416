// A role that leaves: what goes, what other roles keep, what only goes with a further word, and what stops it.
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/engine/facts.js';
import { type Leaving, leave, planLeaving, signsScript } from '../../src/engine/leave.js';
import { isEmpty } from '../../src/engine/plan.js';
import { stepsOf } from '../../src/engine/steps.js';
import type { Handler, Resource } from '../../src/resources/kind.js';

const TEXT = '# Written by hxllm.\n';
const file = (id: string, more: Partial<Resource> = {}, content = TEXT): Resource => ({
  kind: 'file',
  id,
  spec: { content, mode: '0644', owner: 'root', group: 'root' },
  ...more,
});
const unit = (id: string): Resource => ({ kind: 'unit', id, spec: { content: TEXT } });
const service = (id: string): Resource => ({
  kind: 'service',
  id,
  spec: { ready: 'true', within: 9, port: 1 },
});
const user = (id: string): Resource => ({ kind: 'user', id, spec: { home: `/home/${id}` }, data: true });
const packages = (...names: string[]): Resource => ({ kind: 'packages', id: 'packages', spec: { names } });
const handler = (id: string, order: number, of?: string): Handler => ({
  id,
  order,
  script: id,
  ...(of ? { unit: of } : {}),
});

const SEEN = { type: 'regular file', mode: '0644', owner: 'root', group: 'root', same: true };
const RUNNING = {
  load: 'loaded',
  active: 'active',
  enabled: 'enabled',
  stays: false,
  listening: true,
  age: 9,
};
/** All that is asked about is there, as hxllm made it. */
const facts = (files: string[], services: string[] = [], users: string[] = []): Facts => ({
  host: { free: {}, pending: [], armed: [] },
  seen: new Map<string, Map<string, unknown>>([
    ['file', new Map(files.map((id) => [id, SEEN]))],
    ['service', new Map(services.map((id) => [id, RUNNING]))],
    ['unit', new Map(services.map((id) => [id, { path: id, ours: true, text: TEXT, dropIn: '' }]))],
    ['user', new Map(users.map((id) => [id, { comment: 'made by hxllm' }]))],
    ['packages', new Map()],
  ]),
  extra: new Map(),
});
const leaving = (resources: Resource[], more: Partial<Leaving> = {}): Leaving => ({
  roles: ['backend'],
  resources,
  data: false,
  before: [],
  needs: () => [],
  shared: new Set(['gateway', 'webui']),
  refused: [],
  ...more,
});
const titles = (plan: { changes: { action: string; title: string }[] }) =>
  plan.changes.map(({ action, title }) => `${action} ${title}`);

it('what must be gone for those that stay, too, is theirs to say', () => {
  const gone = file('/etc/filter', { gone: true }, 'nobody');
  const staying = [gone, file('/etc/gateway')];
  const left = leave(staying, leaving([file('/etc/filter', {}, 'of the backend'), file('/etc/backend')]));
  expect(left.map(({ id }) => id)).toEqual(['/etc/backend']);
  expect(() =>
    planLeaving(
      'h',
      staying,
      leaving([file('/etc/filter', {}, 'of the backend')]),
      facts(['/etc/gateway']),
      [],
    ),
  ).not.toThrow();
});

describe('what goes', () => {
  const ALL = [file('/etc/a'), unit('a.service'), service('a.service'), user('a')];
  const there = facts(['/etc/a'], ['a.service'], ['a']);

  it('is all of the role but its data, which is told; what stands on something goes before it', () => {
    const plan = planLeaving('web1', [], leaving(ALL), there, []);
    expect(titles(plan)).toEqual([
      'remove service a.service',
      'remove unit /etc/systemd/system/a.service',
      'remove file /etc/a',
    ]);
    expect(plan.stays).toEqual(['user a with /home/a']);
  });

  it('is what serves others last: who asks it is stopped before it', () => {
    const both = [service('model.service'), service('proxy.service')];
    const plan = planLeaving('web1', [], leaving(both), facts([], ['model.service', 'proxy.service']), []);
    expect(titles(plan)).toEqual(['remove service proxy.service', 'remove service model.service']);
  });

  it('is its data too when somebody says so, when all else is proven', () => {
    const plan = planLeaving('web1', [], leaving(ALL, { data: true }), there, []);
    expect(plan.stays).toEqual([]);
    const { stage, change, after } = stepsOf(plan);
    expect([stage, change, after].map((steps) => steps.map((s) => s.title))).toEqual([
      [],
      ['service a.service', 'unit /etc/systemd/system/a.service', 'file /etc/a', 'the proof'],
      ['user a with /home/a'],
    ]);
    expect(change[0]?.undo).toMatch(/systemctl start a\.service/);
  });

  it('is nothing when nothing is there', () => {
    const plan = planLeaving('web1', [], leaving(ALL), facts([]), []);
    expect([isEmpty(plan), plan.stays]).toEqual([true, []]);
  });

  it('is never restarted; what goes on is reloaded, if it runs', () => {
    const notify = [
      handler('daemon-reload', 0),
      handler('reload b', 10, 'b.service'),
      handler('reload a', 10, 'a.service'),
      handler('restart a', 20, 'a.service'),
      handler('prune', 40),
    ];
    const [gone] = leave([], leaving([file('/etc/a', { notify }), service('a.service')]));
    expect(gone?.notify?.map((h) => h.script)).toEqual([
      'daemon-reload',
      'reload b',
      '! systemctl is-active -q a.service || {\nreload a\n}',
    ]);
  });
});

describe('what another role needs', () => {
  const both = file('/etc/both');
  const there = facts(['/etc/a', '/etc/both']);

  it('stays, and is changed when that follows from the leaving', () => {
    const resources = [file('/etc/a'), both];
    const staying = [file('/etc/both', {}, `${TEXT}alone\n`)];
    const found = facts(['/etc/a']);
    found.seen.get('file')?.set('/etc/both', { ...SEEN, same: undefined, different: { text: TEXT } });
    const plan = planLeaving('web1', staying, leaving(resources, { before: [both] }), found, []);
    expect([titles(plan), plan.refused]).toEqual([['update file /etc/both', 'remove file /etc/a'], []]);
  });

  it('stays, too, when that role is there unasked', () => {
    const needs = (role: string) => (role === 'gateway' ? [both] : []);
    const plan = planLeaving('web1', [], leaving([file('/etc/a'), both], { needs }), there, ['gateway']);
    expect([titles(plan), plan.refused]).toEqual([['remove file /etc/a'], []]);
  });

  it('is taken out of the packages', () => {
    const [gone] = leave([packages('curl')], leaving([packages('curl', 'haproxy')]));
    expect(gone?.spec).toEqual({ names: ['haproxy'] });
  });
});

describe('refused', () => {
  it('is a change of what stays that has nothing to do with it', () => {
    const staying = [file('/etc/other')];
    const plan = planLeaving('web1', staying, leaving([file('/etc/a')], { before: staying }), facts([]), []);
    expect(plan.refused).toEqual([
      {
        message: 'what stays on web1 is not what the inventory says: file /etc/other',
        hint: 'hxllm deploy --limit web1',
      },
    ]);
  });

  it('is half of what shares a service, while the other half is there unasked', () => {
    const plan = planLeaving('web1', [], leaving([], { roles: ['webui'] }), facts([]), ['gateway']);
    expect(plan.refused.map(({ hint }) => hint)).toEqual([
      'remove it first, or both: --remove webui --remove gateway',
    ]);
  });
});

it('a role is known by its files', () => {
  expect(signsScript({ backend: ['/etc/a', '/etc/b'] })).toBe(
    'for p in /etc/a /etc/b; do [ ! -e "$p" ] || { echo backend; break; }; done',
  );
});
