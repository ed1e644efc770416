// The apply script in a real bash: what it tells, what it holds, and how it ends when its controller does. Its steps are
// of the phases that need no systemd; what is armed and undone is tested in transaction.test.ts and on real hosts.
import { describe, expect, it } from 'vitest';
import { applyScript, LOCKED } from '../../src/engine/script.js';
import { Host } from '../resources/host.js';
import { FOREVER, isFree, RUN, runs, start, step, useHost } from './running.js';

let host: Host;
useHost((made) => {
  host = made;
});

describe('a run that ends well', () => {
  it('tells each step as it begins and ends, and what the step has to say', async () => {
    const after = [step('two', 'progress "50 % of it"; cat /opt/one > /opt/two')];
    const { code, stdout, stderr } = await start(
      host,
      [step('one', 'echo "$ID" > /opt/one; echo chatter; echo more >&2')],
      { after },
    ).done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      '@@ start 0',
      '@@ ok 0',
      '@@ kept',
      '@@ start 1',
      '@@ progress 1 50 % of it',
      '@@ ok 1',
      '@@ done',
      '',
    ]);
    expect(await host.say('cat /opt/two')).toBe(`${RUN.id}\n`);
  });

  it('leaves a record, a free lock, no log and no process', async () => {
    await start(host, [step("it's one", 'true')]).done;
    expect(JSON.parse(await host.say(`cat /var/lib/hxllm/records/${RUN.id}`))).toEqual({
      by: RUN.by,
      reason: RUN.reason,
      changes: ["it's one"],
      result: 'done',
    });
    expect(await host.say('cat /run/hxllm.lock; ls /run; stat -c %a /var/lib/hxllm')).toBe(
      'hxllm.lock\n700\n',
    );
    expect(await isFree(host)).toBe(true);
  });

  it('keeps the last fifty records', async () => {
    await host.say(
      'mkdir -p /var/lib/hxllm/records; cd /var/lib/hxllm/records; for i in $(seq 10 69); do echo > 20250101-$i; done',
    );
    await start(host, []).done;
    const left = (await host.say('ls /var/lib/hxllm/records')).trim().split('\n');
    expect([left.length, left[0], left.at(-1)]).toEqual([50, '20250101-21', RUN.id]);
  });

  it('keeps the last five transactions', async () => {
    await host.say('for i in 1 2 3 4 5 6 7; do mkdir -p /var/lib/hxllm/transactions/20250101-$i/saved; done');
    await start(host, []).done;
    expect(await host.say('ls /var/lib/hxllm/transactions')).toMatch(/^20250101-3\n(.*\n){3}20250101-7\n$/);
  });

  it('gives steps nothing to read, and not the beats', async () => {
    const { code } = await start(host, [step('reads', 'sleep 0.5; [ -z "$(cat)" ]')]).done;
    expect(code).toBe(0);
  });
});

describe('a step that fails', () => {
  it.each([
    ['with a code of its own', 'echo about to; exit 3', 3],
    ['in its middle', 'echo about to; false; touch /opt/never', 1],
    ['in a pipe', 'echo about to; false | true; touch /opt/never', 1],
  ])('%s ends the run with the end of its log', async (_, script, code) => {
    const result = await start(host, [step('bad', script), step('next', 'touch /opt/never')]).done;
    expect(result.code).toBe(1);
    expect(result.stdout).toBe(`@@ start 0\n@@ fail 0 ${code}\n@@ log about to\n`);
    expect(await host.say('ls /opt /var/lib/hxllm/records')).not.toMatch(/never|one/);
    expect(await isFree(host)).toBe(true);
  });

  it('shows the last forty lines', async () => {
    const { stdout } = await start(host, [step('bad', 'seq 100; false')]).done;
    const log = stdout.split('\n').filter((line) => line.startsWith('@@ log'));
    expect([log.length, log[0], log.at(-1)]).toEqual([40, '@@ log 61', '@@ log 100']);
  });
});

describe('a step that asks for a proof', () => {
  const steps = [step('asks', 'echo before; prove standby; touch /opt/proven')];

  it('goes on at `keep`, however long that takes', async () => {
    const { running, done, told } = start(host, steps);
    await told(/@@ (prove standby)/);
    await new Promise((wait) => setTimeout(wait, 600));
    expect(await host.say('ls /opt')).toBe('');
    running.stdin.write('keep\n');
    expect((await done).stdout).toBe('@@ start 0\n@@ prove standby\n@@ ok 0\n@@ kept\n@@ done\n');
    expect(await host.say('ls /opt')).toBe('proven\n');
  });

  it('fails at `undo`', async () => {
    const { running, done, told } = start(host, steps);
    await told(/@@ (prove standby)/);
    running.stdin.write('undo\n');
    const { code, stdout } = await done;
    expect([code, stdout.split('\n').slice(2)]).toEqual([1, ['@@ fail 0 66', '@@ log before', '']]);
    expect(await host.say('ls /opt')).toBe('');
  });
});

describe('the lock', () => {
  it('of another run is named, and nothing is done', async () => {
    const first = start(host, [step('long', FOREVER)]);
    await first.process();
    const second = await start(host, [step('never', 'touch /opt/never')]).done;
    expect(second.code).toBe(LOCKED);
    const holder = 'ann@control, deploy, since \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ';
    expect(second.stdout).toMatch(new RegExp(`^@@ waiting ${holder}\n@@ locked ${holder}\n$`));
    expect(await host.say('ls /opt')).toBe('');
    first.running.stdin.end();
    await first.done;
  });

  it('is waited for as long as asked', async () => {
    const first = start(host, [step('long', FOREVER)]);
    await first.process();
    const second = start(host, [step('next', 'touch /opt/next')], {
      run: { ...RUN, id: 'two', lockWait: 9 },
    });
    await second.told(/@@ (waiting)/);
    first.running.stdin.end();
    expect((await second.done).code).toBe(0);
    expect(await host.say('ls /opt')).toBe('next\n');
  });

  it.each(['beats no more', 'closes stdin'])(
    'is of no use to a controller that %s meanwhile',
    async (how) => {
      const first = start(host, [step('long', FOREVER)]);
      await first.process();
      const second = start(host, [step('never', 'touch /opt/never')], {
        run: { ...RUN, id: 'two', lockWait: 9 },
        beating: false,
      });
      second.running.stdin.write('beat\nbeat\nbeat\n');
      await second.told(/@@ (waiting)/);
      if (how === 'closes stdin') second.running.stdin.end();
      first.running.stdin.end();
      const { code, stdout } = await second.done;
      expect([code, stdout]).toEqual([9, expect.stringMatching(/^@@ waiting .*\n$/)]);
      expect(await host.say('ls /opt')).toBe('');
      expect(await isFree(host)).toBe(true);
    },
  );

  it('that a probe holds for a moment does not stop it', async () => {
    const holder = host.run('flock /run/hxllm.lock sleep 0.2');
    await new Promise((tick) => setTimeout(tick, 50));
    expect((await start(host, []).done).code).toBe(0);
    await holder;
  });

  it('of a run that was killed is free', async () => {
    const first = start(host, [step('long', FOREVER)]);
    await host.say(`kill -KILL ${await first.process()}`);
    expect(await isFree(host)).toBe(true);
    await host.say('pkill -x -f "sleep 777"');
    await first.done;
  });
});

describe('a script that is cut in transit', () => {
  const never = step('never', 'touch /opt/never');
  const whole = applyScript({ stage: [never], change: [never], after: [never], saves: ['/opt'] }, RUN);
  const call = whole.lastIndexOf('{ exec');
  const offsets = [10, 200, 700, Math.floor(whole.length / 2), call - 3, call];
  const last = Array.from({ length: whole.length - 2 - call }, (_, i) => call + 1 + i);

  it('runs nothing, wherever it is cut', async () => {
    const cuts = [...offsets, ...last].map((at) => host.run(whole.slice(0, at), 'bash'));
    const codes = (await Promise.all(cuts)).map(({ code, stdout }) => `${code} ${stdout}`);
    expect(codes.filter((text) => text.includes('@@'))).toEqual([]);
    expect(await host.say('ls -A /opt /run /var/lib/hxllm 2>/dev/null || true')).toBe('/opt:\n\n/run:\n');
  });
});

describe.concurrent('a controller that is gone', () => {
  const RESISTS = `trap '' TERM; ${FOREVER}; sleep 60`;

  it.each([
    ['beats no more', FOREVER, undefined, 4, 10],
    ['closes stdin', FOREVER, 'end', 0, 4],
    ['is gone when the step does not want to end', RESISTS, 'end', 1.5, 8],
  ] as const)(
    'that %s ends the step and what goes on beside it, and the lock is free',
    async (_, script, how, least, most) => {
      const own = await Host.start();
      try {
        const long = { ...step('long', script), beside: 1 };
        const steps = [long, step('longer', 'sleep 777'), step('never', 'touch /opt/never')];
        const { running, done, process } = start(own, steps, { beating: false });
        await process();
        const since = Date.now();
        if (how === 'end') running.stdin.end();
        expect((await done).code).toBe(9);
        const seconds = (Date.now() - since) / 1000;
        expect(seconds).toBeGreaterThanOrEqual(least);
        expect(seconds).toBeLessThan(most);
        expect(await runs(own)).toBe(false);
        expect(await isFree(own)).toBe(true);
        expect(await own.say('ls /opt /run /var/lib/hxllm/records')).toBe(
          '/opt:\n\n/run:\nhxllm.lock\n\n/var/lib/hxllm/records:\n',
        );
      } finally {
        await own.stop();
      }
    },
  );

  it.each(['TERM', 'HUP', 'INT'] as const)('by SIG%s ends the step too', async (signal) => {
    const own = await Host.start();
    try {
      const { process, done } = start(own, [step('long', FOREVER)]);
      await own.say(`kill -${signal} ${await process()}`);
      expect((await done).code).toBe(9);
      expect(await runs(own)).toBe(false);
      expect(await isFree(own)).toBe(true);
    } finally {
      await own.stop();
    }
  });
});
