// The listeners in front of the backends: which there are, and that their ports stay.
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../../src/inventory/types.js';
import { backendOf, setsOf } from '../../src/stack/backends.js';
import type { Backend, Model } from '../../src/stack/stack.js';

const NOBODY = { members: () => [] } as unknown as Inventory;
const backend = (name: string): Backend => backendOf(`http://${name}:11434`, NOBODY, 'llm');
const model = (name: string, ...backends: string[]): Model => ({
  name,
  provider: backends.length > 0 ? 'ollama' : 'openai',
  model: name,
  mode: 'chat',
  backends,
  params: {},
});
const [one, two, three] = ['one', 'two', 'three'].map(backend) as [Backend, Backend, Backend];
const ports = (models: Model[], backends: Backend[], busy?: number[]) =>
  Object.fromEntries(
    setsOf(models, backends, busy).map((s) => [s.backends.map((b) => b.name).join(' '), s.port]),
  );

describe('sets', () => {
  it('are as many as there are different groups of backends', () => {
    const models = [model('a', 'one', 'two'), model('b', 'two', 'one'), model('c', 'two'), model('openai')];
    const sets = setsOf(models, [one, two, three]);
    expect(sets.map((s) => s.backends.map((b) => b.name).join(' ')).sort()).toEqual(['one two', 'two']);
    for (const { id, port } of sets) expect(id).toBe(`ollama_${port}`);
  });

  it('keep their ports when other models, backends and sets come, and whatever the order', () => {
    const before = ports([model('a', 'one', 'two')], [one, two]);
    const after = ports(
      [model('z', 'three'), model('b', 'one', 'two'), model('a', 'two', 'one')],
      [three, two, one],
    );
    expect(after['two one']).toBe(before['one two']);
  });

  it('have these ports for ever: a release that is running names them', () => {
    expect(ports([model('a', 'one', 'two'), model('b', 'one'), model('c', 'two')], [one, two])).toEqual({
      'one two': 11497,
      one: 11417,
      two: 11442,
    });
  });

  it('that change their members change their port', () => {
    const [was] = setsOf([model('a', 'one', 'two')], [one, two]);
    const [is] = setsOf([model('a', 'one', 'two', 'three')], [one, two, three]);
    expect(is?.port).not.toBe(was?.port);
  });

  it('never share a port, nor take that of Ollama, whoever they are', () => {
    const many = Array.from({ length: 99 }, (_, i) => backend(`llm${i}`));
    const taken = setsOf(
      many.map((b) => model(b.name, b.name)),
      many,
    ).map((s) => s.port);
    expect(new Set(taken).size).toBe(99);
    expect(Math.min(...taken)).toBeGreaterThanOrEqual(11400);
    expect(Math.max(...taken)).toBeLessThan(11500);
    expect(taken).not.toContain(11434);
  });

  it('leave the ports alone that something else on the host has', () => {
    const [usual] = setsOf([model('a', 'one')], [one]);
    const [other] = setsOf([model('a', 'one')], [one], [usual!.port]);
    expect(other?.port).toBe(usual!.port + 1);
  });

  it('more than there are ports are an error, not an endless search', () => {
    const many = Array.from({ length: 100 }, (_, i) => backend(`llm${i}`));
    const models = many.map((b) => model(b.name, b.name));
    expect(() => setsOf(models, many)).toThrow(/more than 99/);
  });
});
