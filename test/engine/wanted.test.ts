// What is wanted of a host: what its roles share, and what only some facts ask for.
import { describe, expect, it } from 'vitest';
import type { Facts } from '../../src/engine/facts.js';
import { isEmpty, merge, planOf } from '../../src/engine/plan.js';
import type { Handler, Resource } from '../../src/resources/kind.js';

const RELOAD: Handler = { id: 'reload b.service', order: 10, unit: 'b.service', script: 'reload b' };
const RESTART: Handler = { id: 'restart a.service', order: 20, unit: 'a.service', script: 'restart a' };

const packages = (...names: string[]): Resource => ({ kind: 'packages', id: 'packages', spec: { names } });
const user = (id: string, notify: Handler[] = []): Resource => ({
  kind: 'user',
  id,
  spec: { home: '/' },
  notify,
});
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

  it('may not want one thing differently', () => {
    const owned = (owner: string) => ({
      kind: 'directory',
      id: '/x',
      spec: { mode: '0755', owner, group: 'root' },
    });
    expect(() => merge([owned('root'), owned('a')])).toThrow('two roles want directory /x differently');
  });

  it('are both told of a change of what they share', () => {
    const [both] = merge([user('a', [RELOAD]), user('a', [RESTART])]);
    expect(both?.notify?.map((h) => h.id)).toEqual(['reload b.service', 'restart a.service']);
  });
});

describe('what is wanted only where something holds', () => {
  const WHEN = { kind: 'user', id: 'a', name: 'there is no a', holds: (seen: unknown) => seen === undefined };
  const when = (resource: Resource): Resource => ({ ...resource, when: WHEN });
  const facts = (...users: string[]) => {
    const found = factsOf();
    found.seen.set('user', new Map(users.map((id) => [id, true])));
    return found;
  };
  const titles = (resources: Resource[], seen: Facts) =>
    planOf('web1', resources, seen).changes.map((c) => `${c.title}: ${c.reasons.join()}`);

  it('is left out elsewhere, with its handlers', () => {
    const wanted = [when(user('b', [RESTART])), user('c')];
    expect(titles(wanted, facts())).toEqual(['user b: is missing', 'user c: is missing']);
    expect(planOf('web1', wanted, facts('a')).handlers).toEqual([]);
    expect(titles(wanted, facts('a'))).toEqual(['user c: is missing']);
  });

  it('an interrupted restart of it is not made up for where it is not wanted', () => {
    const left = facts('a', 'b');
    left.host.pending = ['restart a.service'];
    expect(isEmpty(planOf('web1', [when(user('b', [RESTART]))], left))).toBe(true);
  });

  it('is merged with its own kind first, and with the rest when it is known to be wanted', () => {
    const owned = (owner: string): Resource => ({
      kind: 'directory',
      id: '/x',
      spec: { mode: '0755', owner, group: 'root' },
    });
    const both = [
      packages('curl'),
      when(packages('zstd')),
      when(packages('curl')),
      owned('root'),
      when(owned('a')),
    ];
    const merged = merge(both);
    expect(merged.map((r) => [r.id, r.when?.name])).toEqual([
      ['packages', undefined],
      ['packages', 'there is no a'],
      ['/x', undefined],
      ['/x', 'there is no a'],
    ]);
    // who wants one thing differently is no matter where only one of them wants it
    expect(titles(merged, facts('a'))).toContain('packages: missing: curl');
    expect(() => titles(merged, facts())).toThrow('two roles want directory /x differently');
    expect(titles(merged.slice(0, 2), facts())).toEqual(['packages: missing: curl, zstd']);
  });

  it('has no word of the condition in what is planned', () => {
    expect(planOf('web1', [when(user('b'))], facts()).changes[0]?.resource).not.toHaveProperty('when');
  });
});
