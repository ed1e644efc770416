// Applying a plan from the controller's side: what people are told, and how it can end.
import { describe, expect, it } from 'vitest';
import type { Handler } from '../../src/resources/kind.js';
import { applied, file, host, planned, useHost } from './applying.js';
import { RUN } from './running.js';

useHost();

describe('a plan', () => {
  it('is made step by step, each told by its title, and then nothing is left of it', async () => {
    const restart: Handler = { id: 'restart x', order: 20, script: 'cp /opt/one /opt/restarted' };
    const resources = [file('/opt/one', {}, [restart]), file('/opt/two')];
    const { said, error } = await applied(await planned(...resources));
    expect(error).toBeUndefined();
    expect(said).toEqual([
      'note what must follow',
      'file /opt/one',
      'file /opt/two',
      'restart x',
      'the proof',
    ]);
    expect(await host.say('cat /opt/restarted; ls /var/lib/hxllm/pending /var/lib/hxllm/records')).toBe(
      `x\n/var/lib/hxllm/pending:\n\n/var/lib/hxllm/records:\n${RUN.id}\n`,
    );
    expect((await planned(...resources)).changes).toEqual([]);
  });

  it('says how far a long step is, at most once a second', async () => {
    const plan = await planned();
    const script = `for i in 1 2 3; do progress '{"status":"pulling","completed":'$i'2500000,"total":50000000}'; done`;
    const { said } = await applied({ ...plan, handlers: [{ id: 'pull', order: 0, script }] });
    expect(said).toEqual(['note what must follow', 'pull', 'pull: pulling 25 % of 50 MB', 'the proof']);
  });

  it('tells each part of a step, also right after another word, and how long it took', async () => {
    const script = 'progress 1 of 2; phase first; progress 2 of 2; phase second; sleep 0.3';
    const { said, times } = await applied({
      ...(await planned()),
      handlers: [{ id: 'restart x', order: 20, script }],
    });
    expect(said).toEqual([
      'note what must follow',
      'restart x',
      'restart x: 1 of 2',
      'restart x: first',
      'restart x: second',
      'the proof',
    ]);
    expect(times?.map(({ title }) => title)).toEqual([
      'note what must follow',
      'restart x',
      'first',
      'second',
      'the proof',
    ]);
    expect(times?.[3]?.ms).toBeGreaterThanOrEqual(250);
  });

  it('whose handler fails is put back, as if nothing had been', async () => {
    const bad: Handler = {
      id: 'restart x',
      order: 20,
      script: 'touch /opt/restarted; false',
      undo: 'rm /opt/restarted',
    };
    const resource = file('/opt/one', {}, [bad]);
    const { error, said } = await applied(await planned(resource));
    expect(error).toMatchObject({
      code: 'undone',
      exitCode: 6,
      message: expect.stringMatching(/restart x failed[\s\S]*everything is as it was/),
    });
    expect(said.at(-1)).toBe('putting back what was changed');
    expect(await host.say('ls /opt /var/lib/hxllm/pending')).toBe('/opt:\n\n/var/lib/hxllm/pending:\n');
    expect((await planned(resource)).changes.map((c) => c.title)).toEqual(['file /opt/one']);
  });

  it('whose undo fails too says why, and the next plan has it', async () => {
    const bad: Handler = { id: 'restart x', order: 20, script: 'false', undo: 'echo why; false' };
    const resource = file('/opt/one', {}, [bad]);
    const { error } = await applied(await planned(resource));
    expect(error).toMatchObject({
      code: 'host-failed',
      exitCode: 1,
      message: expect.stringMatching(
        /restart x failed[\s\S]*putting it back failed too\n {4}the journal of it$/,
      ),
    });
    expect((await planned(resource)).handlers.map((h) => h.id)).toEqual(['restart x']);
  });

  it('whose disk is full says where to make room', async () => {
    const full = { id: 'full', order: 20, script: 'echo x > /dev/full' };
    const { error } = await applied(await planned(file('/opt/one', {}, [full])));
    expect(error).toMatchObject({
      code: 'undone',
      message: expect.stringMatching(/No space left on device/),
      suggestions: ['make room on web1, and run it again: df -h'],
    });
  });

  it('is on record as soon as it stays, whatever fails afterwards', async () => {
    const late: Handler = { id: 'late', order: 40, script: 'false' };
    const { error } = await applied(await planned(file('/opt/one', {}, [late])));
    expect(error).toMatchObject({ code: 'host-failed' });
    expect(await host.say(`cat /var/lib/hxllm/records/${RUN.id}`)).toContain('"result":"done"');
  });

  it('whose proof fails is put back, and says what the proof saw', async () => {
    const { error } = await applied(await planned(file('/opt/one')), async (name) => {
      throw new Error(`${name} does not answer`);
    });
    expect(error).toMatchObject({
      code: 'undone',
      message: expect.stringMatching(/the proof failed\n {4}host does not answer/),
    });
    expect(await host.say('ls /opt')).toBe('');
  });

  it('that cannot be put back is a failure of its own', async () => {
    const bad: Handler = { id: 'restart x', order: 20, script: 'false', undo: 'false' };
    const { error } = await applied(await planned(file('/opt/one', {}, [bad])));
    expect(error).toMatchObject({
      code: 'host-failed',
      exitCode: 1,
      message: expect.stringContaining('putting it back failed too'),
    });
  });
});

describe('a failure', () => {
  it('of a step names the step and shows the end of its log', async () => {
    const { error } = await applied(
      await planned(file('/opt/one', { validate: 'echo "line 3: unknown keyword"; false' })),
    );
    expect(error).toMatchObject({
      code: 'undone',
      exitCode: 6,
      message: 'web1: file /opt/one failed\n    line 3: unknown keyword\n  everything is as it was',
    });
    expect(await host.say('ls /opt')).not.toContain('one\n');
  });

  it('by a lock names who holds it', async () => {
    const holder = host.open('bash');
    holder.stdin.write(
      'exec 8>>/run/hxllm.lock; flock 8; echo "bob@other, rotate-key" > /run/hxllm.lock; echo; read\n',
    );
    await new Promise((held) => holder.stdout.once('data', held));
    const { error } = await applied(await planned(file('/opt/one')));
    holder.stdin.end();
    expect(error).toMatchObject({
      code: 'locked',
      exitCode: 5,
      message: 'web1: another run holds the lock: bob@other, rotate-key',
    });
    expect(await host.say('ls /opt')).toBe('');
  });

  it.each([
    ['before the proof', 20, /puts back what was changed/],
    ['when all is kept', 40, /may be done/],
  ])('of the connection %s says what becomes of the change', async (_, order, hint) => {
    const plan = await planned(file('/opt/one'));
    const { error } = await applied({ ...plan, handlers: [{ id: 'dies', order, script: 'kill -KILL $$' }] });
    expect(error).toMatchObject({
      code: 'connection-lost',
      exitCode: 4,
      message: 'web1: the connection was lost at: dies',
      suggestions: [expect.stringMatching(hint)],
    });
  });

  it('of the shell itself names the step', async () => {
    const plan = await planned();
    const script = 'kill -KILL $$';
    const { error } = await applied({ ...plan, handlers: [{ id: 'dies', order: 0, script }] });
    expect(error?.message).toMatch(/^web1: (the apply ended with code \d+|the connection was lost) at: dies/);
  });
});
