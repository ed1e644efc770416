// The undo of a change in a real bash: what is kept, what restore.sh puts back, when, and whom it ends.
// systemctl and systemd-run are stand-ins here; the real ones are met in test/e2e/transaction.e2e.ts.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { restoreScript, transactionFunctions, type Undo } from '../../src/engine/transaction.js';
import { Host } from '../resources/host.js';
import { standIns, told } from './stand-ins.js';

const ID = '20260101-one';
const T = `/var/lib/hxllm/transactions/${ID}`;
const RECORD = '{"by":"ann@control","reason":"deploy","changes":["it\'s one"],"result":"done"}';
const said = (name: string): string => `echo ${name} >> /run/said`;
const undoOf = (step: number, script = said(`undo ${step}`)): Undo => ({
  step,
  title: `step ${step}`,
  script,
});

let host: Host;
beforeAll(async () => {
  host = await Host.start();
  await standIns(host);
});
beforeEach(async () => {
  await host.say('rm -rf /var/lib/hxllm /run/* /opt/*; mkdir -p /var/lib/hxllm/transactions /run/mine');
});
afterAll(async () => host?.stop());

/** Arms, as the apply script does; `then` is run in the same shell. */
async function arm(saves: string[], undos: Undo[] = [], then = '') {
  const head = `export ID=${ID} T=${T}; umask 022; work=/run/mine timer=`;
  const script = `${transactionFunctions(ID, saves, undos, RECORD)}\n( set -e; arm )\n[ $? = 0 ] || exit 1\n${then}\n`;
  return host.run(`${head}\n${script}`, 'bash');
}
const restore = (mode: string) => host.run(`${T}/restore.sh ${mode}`);
const isArmed = async () => (await host.run(`test -e ${T}/armed`)).code === 0;

describe('what is put back', () => {
  it.each([
    ['a file with its mode and owner', 'echo old > P; chmod 0640 P; chown 1:2 P', 'echo new > P.n; mv P.n P'],
    ['a file that was being written', 'echo old > P', 'echo half > P.hxllm-new'],
    ['an empty file', ': > P', 'echo new > P.n; mv P.n P'],
    ['a file that is removed', 'echo old > P', 'rm P'],
    ['a file that becomes a folder', 'echo old > P', 'rm P; mkdir P; echo new > P/x'],
    ['what was not there', ':', 'echo new > P'],
    ['a folder that was not there', ':', 'mkdir -p P/deep; echo new > P/deep/x'],
    ['a link', 'ln -s one P', 'ln -s two P.n; mv -T P.n P'],
    ['a link that leads nowhere', 'ln -s /nowhere P', 'rm P; echo new > P'],
    ['a link to a folder', 'mkdir one; ln -s one P', 'rm P; mkdir P; echo new > P/x'],
    [
      'a folder',
      'mkdir -p P/a; echo old > P/a/x; ln -s x P/a/y; chmod 0751 P',
      'rm -r P; mkdir P; echo new > P/z',
    ],
    ['a folder that becomes a link', 'mkdir P; echo old > P/x', 'rm -r P; ln -s /opt P'],
  ])('is %s', async (_, before, change) => {
    const path = `/opt/it's $HOME "x"`;
    const on = (script: string) => `cd /opt\n${script.replaceAll(/\bP\b/g, `"$P"`)}`;
    const env = `P='/opt/it'\\''s $HOME "x"'\n`;
    const look = 'find /opt -printf "%p %M %U:%G %l\\n" | sort; find /opt -type f -exec cat {} +';
    await host.say(env + on(before));
    const was = await host.say(look);
    expect((await arm([path])).code).toBe(0);
    await host.say(env + on(change));
    expect(await host.say(look)).not.toBe(was);
    expect(await restore('undo')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await host.say(look)).toBe(was);
  });

  it('is each path of many, and a note of what must follow is gone', async () => {
    await host.say('for i in 1 2 3; do echo old > /opt/$i; done');
    await arm(['/opt/1', '/opt/2', '/opt/3']);
    await host.say(
      'mkdir /var/lib/hxllm/pending; echo x > /var/lib/hxllm/pending/x; echo new | tee /opt/1.n /opt/3.n; cd /opt; mv 1.n 1; mv 3.n 3',
    );
    await restore('timer');
    expect(await host.say('cat /opt/*; ls /opt /var/lib/hxllm/pending')).toBe(
      'old\nold\nold\n/opt:\n1\n2\n3\n\n/var/lib/hxllm/pending:\n',
    );
  });
});

describe('how a change is armed', () => {
  it('first a timer, `armed` last; the script is for root alone', async () => {
    await arm([]);
    expect(await told(host)).toEqual([`timer hxllm-rollback-${ID}-arming 180`]);
    expect(await host.say(`stat -c '%a %n' ${T}/restore.sh; ls ${T}`)).toBe(
      `700 ${T}/restore.sh\narmed\nrecord\nrestore.sh\nsaved\nwork\n`,
    );
  });

  it('not at all when an original cannot be kept', async () => {
    const { code, stderr } = await arm(['/proc/self/mem']);
    expect([code, await isArmed(), await told(host)]).toEqual([1, false, []]);
    expect(stderr).toContain('/proc/self/mem');
  });

  it('anew for each step: the new timer is there before the old one goes', async () => {
    await arm([], [], 'timer=arming; rearm 0 60; rearm 1 2000');
    expect((await told(host)).slice(1)).toEqual([
      `timer hxllm-rollback-${ID}-0 60`,
      `systemctl stop hxllm-rollback-${ID}-arming.timer`,
      `timer hxllm-rollback-${ID}-1 2000`,
      `systemctl stop hxllm-rollback-${ID}-0.timer`,
    ]);
  });

  it('no longer: an undo that comes later does nothing', async () => {
    await host.say('echo old > /opt/x');
    await arm(['/opt/x'], [undoOf(0)], `: > ${T}/begun.0; disarm`);
    expect((await told(host)).at(-1)).toBe(`systemctl stop hxllm-rollback-${ID}-*.timer`);
    await host.say('echo new > /opt/x.n; mv /opt/x.n /opt/x');
    for (const mode of ['undo', 'timer', 'boot']) expect((await restore(mode)).code).toBe(0);
    expect([await host.say('cat /opt/x'), await told(host)]).toEqual(['new\n', []]);
  });
});

describe('what is made good with the host running', () => {
  const undos = [undoOf(0), undoOf(1), undoOf(2)];

  it.each(['undo', 'timer'])('is what had begun, the last first, after the files (%s)', async (mode) => {
    await host.say('echo old > /opt/x');
    await arm(['/opt/x'], [...undos, undoOf(3, 'cat /opt/x >> /run/said')]);
    await host.say(
      `: > ${T}/begun.0; : > ${T}/begun.1; : > ${T}/begun.3; echo new > /opt/y; mv /opt/y /opt/x; rm /run/said`,
    );
    expect((await restore(mode)).code).toBe(0);
    expect(await told(host)).toEqual([
      'systemctl daemon-reload',
      'old',
      'undo 1',
      'undo 0',
      `systemctl stop hxllm-rollback-${ID}-*.timer`,
    ]);
  });

  it('is also what had not begun, when the host was rebooted since: it runs from the changed files', async () => {
    await arm([], [undoOf(0)]);
    await host.say('rm -r /run/mine /run/said');
    expect((await restore('undo')).code).toBe(0);
    expect(await told(host)).toContain('undo 0');
  });

  it('at boot is that systemd reads units again, which it has read before', async () => {
    await arm(['/opt/systemd/system/x.service'], undos);
    await host.say('rm -r /run/mine /run/said');
    expect((await restore('boot')).code).toBe(0);
    expect(await told(host)).toEqual(['systemctl daemon-reload']);
  });

  it('at boot is that the targets start what they want again', async () => {
    const wants = ['sysinit.target.wants/a.service', 'multi-user.target.wants/b.service'];
    await arm(wants.map((path) => `/etc/systemd/system/${path}`));
    await told(host);
    expect((await restore('boot')).code).toBe(0);
    expect(await told(host)).toContain('systemctl --no-block start sysinit.target multi-user.target');
  });

  it('is nothing at boot when no unit was changed', async () => {
    await host.say('echo old > /opt/x');
    await arm(['/opt/x'], undos);
    await host.say(`: > ${T}/begun.0; echo new > /opt/y; mv /opt/y /opt/x; rm /run/said`);
    expect((await restore('boot')).code).toBe(0);
    expect([await host.say('cat /opt/x'), await told(host)]).toEqual(['old\n', []]);
  });

  it('goes no further in an undo that fails, and on to the next; once and for all', async () => {
    await arm([], [undoOf(0), undoOf(1, `false\n${said('never')}`)]);
    await host.say(`: > ${T}/begun.0; : > ${T}/begun.1; rm /run/said`);
    expect((await restore('undo')).code).toBe(1);
    expect(await told(host)).toEqual(['systemctl daemon-reload', 'undo 0', expect.stringMatching(/stop/)]);
    expect([await isArmed(), (await restore('timer')).code, await told(host)]).toEqual([false, 1, []]);
  });

  it('leaves word for the next run of what could not be made good, and of nothing else', async () => {
    await arm([], [undoOf(0), { step: 1, title: "restart it's.service", script: 'false' }]);
    await host.say(
      `: > ${T}/begun.0; : > ${T}/begun.1; mkdir -p /var/lib/hxllm/pending; echo x > /var/lib/hxllm/pending/x`,
    );
    expect((await restore('undo')).code).toBe(1);
    expect(await host.say('cd /var/lib/hxllm/pending; head *')).toBe("restart it's.service\n");
  });

  it.each(['undo', 'timer', 'boot'])('is written down as undone (%s)', async (mode) => {
    await arm([]);
    await restore(mode);
    expect(JSON.parse(await host.say(`cat /var/lib/hxllm/records/${ID}`))).toEqual({
      ...JSON.parse(RECORD),
      result: 'undone',
      undone: mode,
    });
  });

  it('is done once, whoever comes at the same time', async () => {
    await arm([], [undoOf(0, `sleep 0.3; ${said('undo')}`)]);
    await host.say(`: > ${T}/begun.0; rm /run/said`);
    const codes = (await Promise.all(['undo', 'timer', 'undo'].map(restore))).map(({ code }) => code);
    expect([codes, (await told(host)).filter((line) => line === 'undo')]).toEqual([[0, 0, 0], ['undo']]);
  });
});

describe('whom it ends', () => {
  const runs = async (seconds: number) => (await host.run(`pgrep -x -f "sleep ${seconds}"`)).code === 0;
  const start = (script: string) => host.say(`mkfifo -m 0600 /run/mine/words /run/words; ${script}`);

  it('is a step that outlived its script, also one beside it, and no other process', async () => {
    await arm([]);
    const to = (log: string) => `> ${log} 2>&1 &`;
    await start(
      `sleep 700 ${to('/run/mine/log.0')} sleep 701 ${to('/run/mine/log.12')} sleep 702 ${to('/run/log.0')} true`,
    );
    await restore('undo');
    expect([await runs(700), await runs(701), await runs(702)]).toEqual([false, false, true]);
    await host.say('pkill -x -f "sleep 702"');
  });

  it('is a script that still runs, when the timer fires, and no other that holds the lock', async () => {
    await arm([]);
    const held = '8>>/run/hxllm.lock >/dev/null 2>&1 &';
    await start(`sleep 703 7<>/run/mine/words ${held} sleep 704 7<>/run/words ${held} true`);
    await restore('timer');
    expect([await runs(703), await runs(704)]).toEqual([false, true]);
    await host.say('pkill -x -f "sleep 704"');
  });
});

it('a script for many paths and undos is good bash', async () => {
  const script = restoreScript(ID, [`/etc/it's`, '/etc/$x'], [undoOf(0, 'a\nb')]);
  expect(await host.run(`cat > /run/r <<'END_OF_IT'\n${script}END_OF_IT\nbash -n /run/r`)).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
});
