// What nobody can announce: the script is killed or hangs, the power fails, the host reboots, somebody else is at work.
import { beforeEach, describe, expect, test } from 'vitest';
import { FULL } from './support/full.js';
import { useDeployed } from './support/shared.js';
import { by, CHANGE, Changed, HOST, long, step, stepsOf, withStep } from './support/transaction.js';

const lab = useDeployed();
let host: Changed;
beforeEach(async () => {
  host = new Changed(lab());
  await host.setUp();
  expect(await host.state()).toBe('old');
  return () => host.session.close();
});

const ssh = async (command: string) => {
  const { code, stdout, stderr } = await lab().ssh(HOST, command);
  if (code !== 0) throw new Error(`${command}\nended with ${code}: ${stdout}${stderr}`);
  return stdout;
};
/** Kills the script and its watch over the controller; the step goes on. */
const killBoth = (script: string, child: string) =>
  ssh(`kill -KILL ${script} $(pgrep -P ${script} | grep -vx ${child})`);

/** A step that writes into a file long after its script is gone. */
const LATE = {
  ...step('writes late', 'progress "$$ $BASHPID"; sleep 9; echo late > /etc/hxllm-test/conf'),
  budget: 2,
};

describe('a script that is killed', () => {
  test.each(FULL ? [0, 4, CHANGE.length] : [4])(
    'before step %i: its watchdog puts all back at once',
    async (at) => {
      const { done, script } = await host.reach(withStep(at, long('the long step')));
      await ssh(`kill -KILL ${script}`);
      await done;
      await host.within(5, 'old');
      expect(await host.record()).toEqual(by('undo'));
    },
  );

  test('with its watchdog: the timer puts all back, and ends the step that was left', async () => {
    const { done, script, child } = await host.reach(withStep(5, LATE));
    await killBoth(script, child);
    await host.within(8, 'old');
    await done;
    expect(await ssh(`sleep 8; cat /etc/hxllm-test/conf`)).toBe('old\n');
    expect([await host.state(), await host.record()]).toEqual(['old', by('timer')]);
  });

  test('and hangs: the timer does not wait for it', async () => {
    const { done, script } = await host.reach(withStep(5, LATE));
    await ssh(`kill -STOP ${script}`);
    await host.within(15, 'oldlocked\n');
    await ssh(`kill -CONT ${script} $(pgrep -x sudo)`); // sudo stops with what it runs
    expect(await done).toMatchObject({ code: 'undone' });
    expect([await host.state(), await host.record()]).toEqual(['old', by('timer')]);
  });

  test('with its watchdog: the next apply puts back first, then changes', async () => {
    const { done, script, child } = await host.reach(withStep(5, long('the long step')));
    await killBoth(script, child);
    const left = host.id;
    const said: string[] = [];
    const seen = step('look', 'cp /etc/hxllm-test/conf /run/hxllm-test.seen');
    const steps = stepsOf(CHANGE, { stage: [seen] });
    expect(await host.apply(steps, { say: (text) => said.push(text) })).toBeUndefined();
    await done;
    expect(said[0]).toBe(`putting back what an interrupted run left: ${left}`);
    expect(await ssh('cat /run/hxllm-test.seen')).toBe('old\n');
    expect([await host.state(), await host.record()]).toEqual(['new', { result: 'done' }]);
  });
});

test('a step that takes longer than it may is ended, and all is put back', async () => {
  const error = await host.apply(withStep(5, { ...long('the long step'), budget: 2 }));
  expect(error).toMatchObject({ code: 'undone', exitCode: 6 });
  await host.within(5, 'old');
  expect(await host.record()).toEqual(by('undo'));
});

describe('a power cut', () => {
  const RECOVER = '/etc/systemd/system/hxllm-recover.service';
  const cut = async () => {
    await lab().powerCut(HOST);
    await lab().powerOn(HOST);
  };
  /** The service is started late in the boot. */
  const booted = () =>
    ssh('systemctl is-system-running --wait || true; systemctl --failed --plain --no-legend');

  test('is met by a unit that every deployed host has', async () => {
    expect(
      await ssh('systemctl is-enabled hxllm-recover; systemctl show -p LoadState --value hxllm-recover'),
    ).toBe('enabled\nloaded\n');
  });

  test.each(FULL ? [1, 4, 7, CHANGE.length] : [4])('before step %i: the host boots as it was', async (at) => {
    const { done } = await host.reach(withStep(at, long('the long step')));
    await cut();
    expect(await booted()).not.toContain('hxllm');
    expect(await done).toMatchObject({ code: 'connection-lost', exitCode: 4 });
    expect([await host.state(), await host.record()]).toEqual(['old', by('boot')]);
  });

  test('before anything is changed leaves nothing to do', async () => {
    const { done } = await host.reach(stepsOf(CHANGE, { stage: [long('stage')] }));
    await cut();
    await booted();
    await done;
    expect([await host.state(), await host.record()]).toEqual(['old', {}]);
  });

  test('right after a change that was proven undoes nothing', async () => {
    expect(await host.apply(stepsOf(CHANGE))).toBeUndefined();
    await cut();
    await booted();
    expect([await host.state(), await host.record()]).toEqual(['new', { result: 'done' }]);
  });

  test('of a host whose unit somebody removed: the next apply puts back first', async () => {
    const { done } = await host.reach(withStep(5, long('the long step')));
    await ssh(`mv ${RECOVER} /root/`);
    await cut();
    await booted();
    await ssh(`mv /root/hxllm-recover.service ${RECOVER}`);
    await done;
    expect(await ssh('cat /etc/hxllm-test/conf /run/hxllm-test.word')).toBe('new\nnew new\ntwo\n');
    await host.start();
    expect(await host.apply(stepsOf([], { saves: [] }))).toBeUndefined();
    expect(await host.state()).toBe('old');
  });
});

test('a reboot in the middle: the host boots as it was', async () => {
  const { done } = await host.reach(withStep(5, long('the long step')));
  await ssh('touch /run/before-the-reboot');
  // its own connection may be closed before it ends
  await lab()
    .ssh(HOST, 'systemctl reboot')
    .catch(() => {});
  await done;
  const isBack = async () => (await lab().ssh(HOST, 'test -e /run/before-the-reboot')).code;
  await expect.poll(isBack, { timeout: 60_000 }).toBe(1);
  await host.within(20, 'old');
});

describe('somebody else is at work', () => {
  const BOB = 'bob@other, rotate-key, since noon';
  /** Holds the lock as another run would. */
  async function hold() {
    let held: () => void;
    const begun = new Promise<void>((resolve) => {
      held = resolve;
    });
    const script = `main() { exec 8>>/run/hxllm.lock; flock 8; echo '${BOB}' > /run/hxllm.lock; echo held; read -r _; }\n{ main; exit; }\n`;
    const running = host.session.open(script, { shell: 'bash', onLine: () => held() });
    await begun;
    return {
      release: () => {
        running.write('go\n');
        return running.done;
      },
    };
  }

  test('who is told by name, and nothing is touched', async () => {
    const { release } = await hold();
    const error = await host.apply(
      stepsOf(CHANGE, { stage: [step('stage', 'touch /etc/hxllm-test/staged')] }),
    );
    await release();
    expect(error).toMatchObject({ code: 'locked', exitCode: 5 });
    expect(error.message).toContain(`another run holds the lock: ${BOB}`);
    expect(await host.state()).toBe('old');
    expect(await ssh('ls /etc/hxllm-test')).not.toContain('staged');
  });

  test('and is waited for as long as asked', async () => {
    const { release } = await hold();
    const said: string[] = [];
    const say = (text: string) => {
      said.push(text);
      if (text === `waiting for the lock: ${BOB}`) setTimeout(release, 1000);
    };
    expect(await host.apply(stepsOf(CHANGE), { say }, { lockWait: 20 })).toBeUndefined();
    expect([said[0], await host.state()]).toEqual([`waiting for the lock: ${BOB}`, 'new']);
  });

  test('but not for longer', async () => {
    const { release } = await hold();
    const since = Date.now();
    expect(await host.apply(stepsOf(CHANGE), {}, { lockWait: 2 })).toMatchObject({ code: 'locked' });
    expect(Date.now() - since).toBeGreaterThan(2000);
    await release();
  });
});
