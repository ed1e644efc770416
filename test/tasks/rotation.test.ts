// A rotation that is killed at every boundary, or does not reach a gateway at any step: what is accepted then, and that the next run finishes.
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { HxError } from '../../src/errors.js';
import { afterwards } from '../../src/tasks/rotate-key/rotation.js';
import { HOSTS, NEW, OLD, TEXT, World } from './rotating.js';

const finished = (world: World, key = NEW) => {
  expect(world.text()).toBe(TEXT.replace(OLD, key));
  expect([world.who(key), world.who(OLD)]).toEqual([HOSTS, []]);
};

/** The boundaries of a whole rotation. */
async function boundaries(grace?: number): Promise<string[]> {
  const world = new World();
  await world.run(grace);
  finished(world);
  return world.log;
}

describe.each([
  ['at once', undefined],
  ['with a grace', 1000],
])('%s', (_, grace) => {
  test('the order', async () => {
    const both = ['sync', 'sync gw1', 'sync gw2', 'prove'];
    const ending = ['end', 'end done', 'sync', 'sync gw1', 'sync gw2'];
    const after = grace ? ['reach', 'sync', 'sync gw1', 'sync gw2'] : ['reach', ...ending];
    expect(await boundaries(grace)).toEqual([
      'reach',
      ...['begin', 'begin done', ...both, 'take'],
      ...(grace ? ending : []),
      ...[...after, 'prove', 'finish', 'finish done'],
    ]);
  });

  test('killed at every boundary: one key is accepted everywhere, both after a deploy, and the next run finishes', async () => {
    const points = await boundaries(grace);
    for (const [at, point] of points.entries()) {
      const world = new World();
      world.killAt = at;
      const { error } = await world.run(grace);
      expect([point, error]).toMatchObject([point, new Error('killed')]);
      const state = world.file().state();
      // the key in the file's hands, or the one that was there before, is good on all gateways
      const good = [NEW, OLD].filter((key) => world.who(key).length === HOSTS.length);
      expect([point, good.length > 0]).toEqual([point, true]);
      world.killAt = undefined;
      await world.sync();
      expect([point, world.who(state.key.reveal())]).toEqual([point, HOSTS]);
      if (state.previous && state.until === undefined)
        expect([point, world.who(OLD)]).toEqual([point, HOSTS]);
      const began = state.previous !== undefined;
      const over = point === 'finish done';
      if (over) continue;
      expect(world.rotation().isResumed).toBe(began);
      expect([point, await world.run()]).toEqual([point, { phase: 'refused' }]);
      finished(world);
    }
  });

  test('one gateway lost at any step: exit 4, the old key alive on all, and the next run finishes', async () => {
    const syncs = (await boundaries(grace)).filter((p) => p.startsWith('sync gw')).length;
    for (let at = 0; at <= syncs; at++) {
      const world = new World();
      world.losesAt = at;
      if (at === 0) world.lost.add('gw2');
      const { error, phase } = await world.run(grace);
      expect([at, error]).toMatchObject([at, { exitCode: 4 }]);
      if (at === 0) expect([phase, world.text()]).toEqual(['nothing', TEXT]);
      // a grace that ran out was announced; else the old one lives on, the lost gateway included
      const isOver = grace !== undefined && at > 4;
      if (!isOver) expect([at, world.who(OLD)]).toEqual([at, HOSTS]);
      else expect([at, phase]).toEqual([at, 'removing']);
      world.lost.clear();
      world.losesAt = undefined;
      expect([at, await world.run()]).toEqual([at, { phase: 'refused' }]);
      finished(world);
    }
  });
});

test.each([
  ['before it took the removal', false, HOSTS],
  ['after', true, ['gw1']],
])(
  'a gateway lost %s: the others accept the old key again, and that it may be refused there is said',
  async (_, takesFirst, who) => {
    const world = new World();
    Object.assign(world, { losesAt: 4, takesFirst });
    const { error, phase } = await world.run();
    expect([error, phase]).toEqual([expect.objectContaining({ exitCode: 4 }), 'unsure']);
    expect([world.who(OLD), world.who(NEW)]).toEqual([who, HOSTS]);
    expect(afterwards(phase, 'hxllm rotate-key')).toMatch(/may be refused already .*hxllm rotate-key$/);
    world.lost.clear();
    world.losesAt = undefined;
    expect(await world.run()).toEqual({ phase: 'refused' });
    finished(world);
  },
);

test('a rotation that is under way is finished with its own keys and its own end', async () => {
  const world = new World();
  const until = Math.floor(world.clock / 1000) + 2;
  writeFileSync(world.path, `k_previous_until: ${until}\nk_previous: ${OLD}\nk: sk-theirs\n`);
  const { error } = await world.run();
  expect(error).toBeUndefined();
  expect(world.text()).toBe('k: sk-theirs\n');
  expect(world.clock).toBeGreaterThan(until * 1000);
  expect(world.handed).toEqual(['sk-theirs']);
  expect(world.who('sk-theirs')).toEqual(HOSTS);
});

test('a new grace replaces the end that is there', async () => {
  const world = new World();
  writeFileSync(
    world.path,
    `k_previous_until: ${Math.floor(world.clock / 1000) + 86_400}\nk_previous: ${OLD}\nk: ${NEW}\n`,
  );
  expect(await world.run(0)).toEqual({ phase: 'refused' });
  expect(world.log.filter((l) => l === 'end')).toEqual(['end']);
  expect(world.text()).toBe(`k: ${NEW}\n`);
});

test.each([
  ['the key', (text: string) => text.replace(`k: ${NEW}`, 'k: sk-mine')],
  ['the old key', (text: string) => text.replace(`k_previous: ${OLD}\n`, '')],
])('somebody changes %s meanwhile: it is left alone, and both keys stay accepted', async (_, edit) => {
  const world = new World();
  const prove = world.prove.bind(world);
  world.prove = async (keys) => {
    await prove(keys);
    writeFileSync(world.path, edit(world.text()));
  };
  const { error } = await world.run();
  expect(error).toMatchObject({ exitCode: 2, message: expect.stringMatching(/somebody else changed it/) });
  expect([world.who(OLD), world.who(NEW)]).toEqual([HOSTS, HOSTS]);
  expect(world.text()).toBe(edit(`# head\nk_previous: ${OLD}\nk: ${NEW} # the key\nother: 1\n`));
});

test("somebody's other entry that comes meanwhile is kept", async () => {
  const world = new World();
  const prove = world.prove.bind(world);
  let done = false;
  world.prove = async (keys) => {
    await prove(keys);
    if (!done) writeFileSync(world.path, `${world.text()}mine: 2\n`);
    done = true;
  };
  expect(await world.run()).toEqual({ phase: 'refused' });
  expect(world.text()).toBe(`${TEXT.replace(OLD, NEW)}mine: 2\n`);
});

test('somebody who is to be handed the new key is not reached: exit 4, both keys stay accepted, the next run finishes', async () => {
  const world = new World();
  world.refuses = new HxError({ code: 'unreachable', message: 'ui is away' });
  expect(await world.run()).toMatchObject({ error: { exitCode: 4 }, phase: 'both' });
  expect([world.who(OLD), world.who(NEW)]).toEqual([HOSTS, HOSTS]);
  world.refuses = undefined;
  expect(await world.run()).toEqual({ phase: 'refused' });
  expect(world.handed).toEqual([NEW]);
  finished(world);
});

test('an old key that is not refused stays in the file, and the word says so', async () => {
  const world = new World();
  const sync = world.sync.bind(world);
  world.sync = async () => {
    await sync();
    world.accepted.get('gw2')?.set(OLD, Infinity);
  };
  const { error, phase } = await world.run();
  expect(error).toMatchObject({ code: 'check', exitCode: 1 });
  expect(world.text()).toContain(`k_previous: ${OLD}`);
  expect(afterwards(phase, 'hxllm rotate-key')).toMatch(
    /refused everywhere is not proven; .*hxllm rotate-key$/,
  );
});
