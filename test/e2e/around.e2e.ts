// What happens around the change of a running gateway: the network goes, the disk fills up, sshd restarts, somebody else
// deploys, litellm breaks while the standby serves. The old or the new release serves.
import { hostname, userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { sleep } from '../../src/retry.js';
import { fullOnly } from './support/full.js';
import { useGateway } from './support/gateway.js';
import { GATEWAY } from './support/stack.js';

const { lab, gateway } = useGateway();

describe('the network is cut', () => {
  const ROWS: [string, string, string, typeof fullOnly][] = [
    ['while the standby starts', 'after systemctl restart litellm-standby', 'old', fullOnly],
    ['while litellm starts', 'after systemctl restart litellm', 'old', fullOnly],
    ['after the last proof', 'before ls -1 /var/lib/hxllm/records', 'new', fullOnly],
  ];
  for (const [when, where, ends, row] of ROWS) {
    row(`${when}: exit 4, and the host is whole by itself`, async () => {
      const [old, { note, args }] = [await gateway().note(), gateway().change()];
      const running = await gateway().reach(where, () => gateway().deploy(args));
      const served = gateway().asksInside();
      await lab().cable(GATEWAY, 'out');
      await gateway().goOn(8000);
      const is = await gateway().settles([old, note], 150);
      expect(await running.ended).toMatchObject({
        code: 4,
        said: expect.stringContaining('connection was lost at'),
      });
      expect(await served.stop()).toEqual('');
      await lab().cable(GATEWAY, 'in');
      await expect.poll(async () => (await lab().ssh(GATEWAY, 'true')).code, { timeout: 30_000 }).toBe(0);
      expect(is).toBe(ends === 'old' ? old : note);
      await gateway().finishes(args, note);
    });
  }
});

describe('the disk is full', () => {
  /** A folder whose file system has so much room left for what is new. */
  const small = (folder: string, room: string) => `set -e
mkdir -p /run/small; mount -t tmpfs -o size=${room} tmpfs /run/small; mkdir /run/small/upper /run/small/work
mount -t overlay small -o lowerdir=${folder},upperdir=/run/small/upper,workdir=/run/small/work ${folder}`;
  const large = (folder: string) => `umount ${folder} /run/small`;
  const ROWS: [string, string, string, string[], typeof fullOnly][] = [
    ['for a venv', '/opt/litellm/venvs', '40m', ['-e', 'litellm_python_version=3.11'], test],
    [
      'for a release',
      '/etc/litellm/releases',
      '4k',
      ['-e', '{"litellm_environment": {"HX_NOTE": "full"}}'],
      fullOnly,
    ],
  ];
  for (const [what, folder, room, args, row] of ROWS) {
    row(`${what}: exit 6 with the place, nothing is changed or left half`, async () => {
      const old = await gateway().note();
      await gateway().inside(small(folder, room));
      const words = ['deploy', '--yes', '--limit', GATEWAY, ...args];
      const { code, stdout } = await lab().hxllm(words);
      const used = await gateway().inside(
        `df --output=used /run/small | tail -n 1; find ${folder}/*py3.11 2>/dev/null`,
      );
      await gateway().inside(large(folder));
      expect([code, stdout]).toEqual([
        6,
        expect.stringMatching(
          /No space left on device[\s\S]*nothing was changed[\s\S]*make room on hx-api-server.*df -h/,
        ),
      ]);
      expect(stdout).toContain(`${folder}`);
      expect([Number(used.split('\n')[0]) < 1000, used.split('\n')[1]]).toEqual([true, '']);
      await gateway().settles([old], 1);
      expect((await lab().hxllm(['plan', '--limit', GATEWAY, ...args])).code).toBe(3);
    });
  }
});

describe('sshd', () => {
  fullOnly('restarts while litellm starts: sessions live on, 0 failed, the change is made', async () => {
    const { note, args } = gateway().change();
    const load = gateway().probes();
    const running = await gateway().reach('after systemctl restart litellm', () => gateway().deploy(args));
    await gateway().inside('systemctl restart ssh');
    await gateway().goOn();
    expect(await running.ended).toMatchObject({ code: 0 });
    await gateway().settles([note], 1);
    expect((await load.stop()).failed).toEqual([]);
  });

  fullOnly('ends with all its sessions while litellm starts: exit 4, as it was, 0 failed', async () => {
    const [old, { note, args }] = [await gateway().note(), gateway().change()];
    const load = gateway().probes();
    const running = await gateway().reach('after systemctl restart litellm', () => gateway().deploy(args));
    // each session is a process of its own
    await gateway().inside('systemctl stop ssh; pkill -KILL -x sshd; sleep 1; systemctl start ssh');
    await gateway().goOn(2000);
    expect(await running.ended).toMatchObject({ code: 4 });
    await gateway().settles([old], 150);
    expect((await load.stop()).failed).toEqual([]);
    await gateway().finishes(args, note);
  });
});

fullOnly('two deploys at once: the second is told who holds the lock, or waits; 0 failed', async () => {
  const [first, second] = [gateway().change(), gateway().change()];
  const load = gateway().probes();
  const running = await gateway().reach('after systemctl restart litellm', () =>
    gateway().deploy(first.args),
  );
  const refused = await lab().hxllm(['deploy', '--yes', ...second.args]);
  const holder = `another run holds the lock: ${userInfo().username}@${hostname()}, deploy, since`;
  expect([refused.code, refused.stdout]).toEqual([5, expect.stringContaining(holder)]);
  const waiting = gateway().deploy([...second.args, '--lock-wait', '120']);
  await waiting.until(/waiting for the lock/);
  await gateway().goOn();
  expect(await running.ended).toMatchObject({ code: 0 });
  expect(await waiting.ended).toMatchObject({ code: 0 });
  await gateway().settles([second.note], 1);
  expect((await load.stop()).failed).toEqual([]);
  expect((await lab().hxllm(['plan', ...second.args])).code).toBe(0);
});

describe('litellm breaks while the standby serves', () => {
  const LISTEN =
    'import socket, time\nwhile True:\n try: s = socket.create_server(("127.0.0.1", 4401)); break\n except OSError: time.sleep(0.01)\ntime.sleep(600)';
  const DROP_IN = '/etc/systemd/system/litellm.service.d';
  interface Row {
    what: string;
    breaks: string;
    mends: string;
    exit: 1 | 6;
    says: RegExp;
    row: typeof fullOnly;
  }
  const ROWS: Row[] = [
    {
      what: 'its new release is damaged',
      breaks: 'rm /etc/litellm/current/config.yaml',
      mends: 'true',
      exit: 6,
      says: /litellm does not start\n[\s\S]*config\.yaml[\s\S]*everything is as it was/,
      row: fullOnly,
    },
    {
      what: 'its port is taken the moment it stops',
      breaks: `systemd-run -q --unit=thief python3 -c '${LISTEN}'; sleep 1`,
      mends: 'systemctl stop thief',
      exit: 1,
      says: /litellm does not start\n[\s\S]*address already in use[\s\S]*putting it back failed too/,
      row: fullOnly,
    },
    {
      what: 'its unit starts no more',
      breaks: `mkdir -p ${DROP_IN}; printf '[Service]\\nExecStartPre=/bin/false\\n' > ${DROP_IN}/broken.conf; systemctl daemon-reload`,
      mends: `rm ${DROP_IN}/broken.conf; systemctl daemon-reload`,
      exit: 1,
      says: /litellm does not start\n[\s\S]*Control process exited[\s\S]*putting it back failed too/,
      row: fullOnly,
    },
  ];
  for (const { what, breaks, mends, exit, says, row } of ROWS) {
    row(`${what}: 0 failed, exit ${exit}, and the next deploy mends it`, async () => {
      const [old, { note, args }] = [await gateway().note(), gateway().change()];
      const load = gateway().probes();
      const running = await gateway().reach('before systemctl restart litellm', () => gateway().deploy(args));
      await gateway().inside(breaks);
      await gateway().goOn();
      const { code, said } = await running.ended;
      expect([code, said]).toEqual([exit, expect.stringMatching(says)]);
      if (exit === 6) await gateway().settles([old], 1);
      else {
        expect(await gateway().look()).toMatch(/litellm (DRAIN|MAINT|DOWN)[^\n]*\nstandby UP\n/);
        const plan = await lab().hxllm(['plan', '--limit', GATEWAY]);
        expect([plan.code, plan.stdout]).toEqual([3, expect.stringContaining('litellm.service')]);
      }
      await gateway().inside(mends);
      await sleep(1000);
      await gateway().finishes(args, note);
      expect((await load.stop()).failed).toEqual([]);
    });
  }
});

fullOnly(
  'the script is killed with its watchdog while litellm starts: the timer puts all back, 0 failed',
  async () => {
    const [old, { note, args }] = [await gateway().note(), gateway().change()];
    const load = gateway().probes();
    const running = await gateway().reach('after systemctl restart litellm', () => gateway().deploy(args));
    await gateway().inside("pkill -KILL -f '[b]ash -s'");
    await gateway().goOn(1000);
    await running.ended;
    // what the timer starts when its time has come: here that is half an hour
    await gateway().inside(
      "systemctl start $(systemctl list-units --all --plain --no-legend 'hxllm-rollback-*.timer' | sed 's/\\.timer .*/.service/')",
    );
    await gateway().settles([old], 5);
    expect((await load.stop()).failed).toEqual([]);
    await gateway().finishes(args, note);
  },
);
